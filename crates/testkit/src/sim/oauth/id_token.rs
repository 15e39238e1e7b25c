//! Writes `id_tokens`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use serde_json::{Value, json};

use crate::encoding::{base64url, uuid};
use crate::sim::call::Call;
use crate::sim::jws::{hs256, signing_input};
use crate::sim::oauth::base;
use crate::sim::oauth::discovery::set;
use crate::sim::state::State;
use crate::sim::{Am, IdTokenAlg, Misbehavior, OAuthClient};

/// What the `id_token` is issued for.
#[derive(Clone, Copy)]
pub(crate) enum Occasion<'a> {
    Code(&'a str),
    Refresh,
    Client,
}

/// Returns `None` when the client has no key for its algorithm.
pub(crate) fn issued(
    am: &Am,
    state: &mut State,
    call: &Call,
    client: &OAuthClient,
    grant_id: usize,
    access_token: &str,
    occasion: &Occasion<'_>,
) -> Option<String> {
    let mut claims = claims(am, state, call, grant_id, access_token, occasion);
    for misbehavior in &state.misbehavior {
        spoil(&mut claims, misbehavior, am.now());
    }
    signed(state, client, &claims)
}

fn claims(
    am: &Am,
    state: &mut State,
    call: &Call,
    grant_id: usize,
    access_token: &str,
    occasion: &Occasion<'_>,
) -> Value {
    let now = am.now();
    let grant = state.grants.grant(grant_id).clone();
    let ops = uuid();
    state.grants.ops.insert(ops.clone(), grant_id);
    let mut claims = json!({
        "at_hash": half_hash(access_token),
        "sub": subject(am, &grant.realm, &grant.username),
        "auditTrackingId": uuid(),
        "iss": base(am, call, &grant.realm),
        "tokenName": "id_token",
        "aud": grant.client,
        "azp": grant.client,
        "org.forgerock.openidconnect.ops": ops,
        "realm": grant.realm,
        "tokenType": "JWTToken",
        "iat": seconds(now),
        "exp": seconds(now + am.lifetimes().id_token),
    });
    let auth_time = seconds(grant.auth_time);
    // OpenAM misspells the claim, and gives milliseconds after a refresh.
    match (am.profile().is_openam(), occasion) {
        (true, Occasion::Refresh) => claims["auth:time"] = json!(auth_time * 1000),
        (true, _) => claims["auth:time"] = json!(auth_time),
        (false, _) => {
            claims["auth_time"] = json!(auth_time);
            claims["subname"] = json!(grant.username);
        }
    }
    if let Occasion::Code(code) = occasion {
        claims["c_hash"] = json!(half_hash(code));
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = json!(nonce);
        }
    }
    claims
}

/// The subject of a user: OpenAM gives the name, unless the test set another.
pub(crate) fn subject(am: &Am, realm: &str, username: &str) -> String {
    let user = am.config().realms.get(realm).and_then(|realm| realm.users.get(username));
    match user {
        Some(user) if user.has_own_sub || !am.profile().is_openam() => user.sub.clone(),
        _ => username.to_owned(),
    }
}

fn spoil(claims: &mut Value, misbehavior: &Misbehavior, now: SystemTime) {
    let ago = |seconds_ago| seconds(now - Duration::from_secs(seconds_ago));
    match misbehavior {
        Misbehavior::IdTokenWrongIssuer => claims["iss"] = json!("https://evil.example.com/oauth2"),
        Misbehavior::IdTokenWrongAudience => claims["aud"] = json!("another-client"),
        Misbehavior::IdTokenWrongNonce => claims["nonce"] = json!("another-nonce"),
        Misbehavior::IdTokenOtherSub => claims["sub"] = json!("another-user"),
        Misbehavior::IdTokenExpired => {
            claims["iat"] = json!(ago(90_000));
            claims["exp"] = json!(ago(86_400));
        }
        Misbehavior::IdTokenClaim(name, value) => set(claims, name, value.as_ref()),
        _ => {}
    }
}

fn signed(state: &mut State, client: &OAuthClient, claims: &Value) -> Option<String> {
    let keys = state.keys();
    let does = |it: &Misbehavior| state.misbehavior.contains(it);
    if does(&Misbehavior::IdTokenAlgNone) {
        return Some(format!(
            "{}.",
            signing_input(&json!({ "typ": "JWT", "alg": "none" }), claims)
        ));
    }
    if does(&Misbehavior::IdTokenAlgConfusion) {
        let header = json!({ "typ": "JWT", "alg": "HS256", "kid": keys.rsa_kid });
        let input = signing_input(&header, claims);
        let modulus = keys.public()[0]["n"].as_str().unwrap_or_default().to_owned();
        return Some(format!("{input}.{}", hs256(modulus.as_bytes(), &input)));
    }
    let mut header = match client.id_token_alg {
        IdTokenAlg::Rs256 => json!({ "typ": "JWT", "kid": keys.rsa_kid, "alg": "RS256" }),
        IdTokenAlg::Es256 => json!({ "typ": "JWT", "kid": keys.ec_kid, "alg": "ES256" }),
        IdTokenAlg::Hs256 => json!({ "typ": "JWT", "alg": "HS256" }),
    };
    if does(&Misbehavior::IdTokenWithoutKid) {
        set(&mut header, "kid", None);
    }
    if does(&Misbehavior::IdTokenUnknownKid) {
        header["kid"] = json!("unknown/+=");
    }
    let input = signing_input(&header, claims);
    let covered = match does(&Misbehavior::IdTokenBadSignature) {
        true => format!("{input}x"),
        false => input.clone(),
    };
    let signature = match client.id_token_alg {
        IdTokenAlg::Rs256 => keys.rs256(&covered),
        IdTokenAlg::Es256 => keys.es256(&covered),
        IdTokenAlg::Hs256 => hs256(client.secret.as_ref()?.as_bytes(), &covered),
    };
    Some(format!("{input}.{signature}"))
}

/// The left half of the SHA-256 hash, as `at_hash` and `c_hash` want it.
fn half_hash(value: &str) -> String {
    let hash = digest::digest(&digest::SHA256, value.as_bytes());
    base64url(&hash.as_ref()[..16])
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
