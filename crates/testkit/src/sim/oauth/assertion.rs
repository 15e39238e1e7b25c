//! Assertions that a client has signed (RFC 7523 section 3).

use std::time::UNIX_EPOCH;

use serde_json::Value;

use crate::sim::call::{Call, find};
use crate::sim::jws::{claims_of, header_of, is_signed_by};
use crate::sim::oauth::base;
use crate::sim::state::State;
use crate::sim::{Am, OAuthClient};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Returns the client that the assertion names, without checking anything.
pub(crate) fn named(form: &[(String, String)]) -> Option<String> {
    let claims = claims_of(find(form, "client_assertion")?)?;
    claims["iss"].as_str().map(str::to_owned)
}

/// Tells whether the client has signed the assertion for this server and this moment; it is then spent.
pub(crate) fn proves(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    client: &OAuthClient,
    form: &[(String, String)],
) -> bool {
    let Some(assertion) = find(form, "client_assertion") else { return false };
    let (Some(header), Some(claims)) = (header_of(assertion), claims_of(assertion)) else {
        return false;
    };
    let kid = header.get("kid");
    let mut keys = client.keys.iter().filter(|it| kid.is_none() || it.get("kid") == kid);
    let base = base(am, call, realm);
    let here = [base.clone(), format!("{base}/access_token")];
    let names_us = |it: &Value| it.as_str().is_some_and(|it| here.iter().any(|own| own == it));
    let for_us = match &claims["aud"] {
        Value::Array(several) => several.iter().any(names_us),
        one => names_us(one),
    };
    let now = am.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let in_time = claims["exp"].as_u64().is_some_and(|it| it > now)
        && claims["nbf"].as_u64().is_none_or(|it| it <= now);
    find(form, "client_assertion_type") == Some(TYPE)
        && keys.any(|it| is_signed_by(it, assertion))
        && [&claims["iss"], &claims["sub"]].into_iter().all(|it| *it == client.id.as_str())
        && for_us
        && in_time
        && claims["jti"].as_str().is_some_and(|it| state.assertions.insert(it.to_owned()))
}
