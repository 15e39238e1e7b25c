//! The claims of an id_token: what is believed was said by the right server, to us, now.

use std::time::{Duration, UNIX_EPOCH};

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::{
    fuzz::fit_for_logs,
    id_token::{Before, Expected, IdClaims, Named, check},
    jose::{self, Algorithm, Members},
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://am.example.com/am/oauth2";
const CLIENT: &str = "app";
const USER: &str = "bjensen";
const TRUSTED: &str = "api";
const NONCE: &str = "the-nonce-that-was-sent";
/// The access token and the code of OpenID Connect Core appendices A.4 and A.6, with their hashes.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const AT_HASH: &str = "77QmUPtjPfzWtF2AnpK9RQ";
const CODE: &str = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
const REFRESH_TOKEN: &str = "the-refresh-token-that-was-sent";
const C_HASH: &str = "LDktKdoQak3Pk0cnXxCltA";

/// Reads the bytes as the claims of a token whose signature is right.
pub fn id_token(data: &[u8]) {
    let (claims, map) = (Named::read(data), jose::object(data));
    assert_eq!(claims.is_some(), map.is_some(), "both readers are as strict");
    let (Some(claims), Some(map)) = (claims, map) else { return };
    kept(data, &map);
    let trusted = [TRUSTED.to_owned()];
    let before = json!({"sub": USER, "aud": CLIENT, "azp": CLIENT}).to_string();
    let Some(before) = Named::read(before.as_bytes()) else { unreachable!("it is an object") };
    let refresh_token = SecretString::from(REFRESH_TOKEN);
    let first = Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        trusted_audiences: &trusted,
        access_token: Some(ACCESS_TOKEN),
        code: Some(CODE),
        nonce: Some(NONCE),
        max_age: Some(Duration::from_secs(900)),
        acr_values: &[],
        now: UNIX_EPOCH + Duration::from_secs(NOW),
        skew: Duration::from_secs(60),
        server_time: Some(UNIX_EPOCH),
        secrets: &[&refresh_token],
        before: None,
    };
    let refreshed = Expected {
        nonce: None,
        before: Some(Before { claims: &before, nonce: Some(NONCE) }),
        ..first
    };
    for expected in [&first, &refreshed] {
        for algorithm in [Algorithm::Rs256, Algorithm::EdDsa] {
            match check(&claims, algorithm, expected) {
                Ok(()) => believed(&map, algorithm, expected),
                Err(error) => fit_for_logs(&error, &[NONCE, ACCESS_TOKEN, CODE, REFRESH_TOKEN]),
            }
        }
    }
}

/// The checked claims are those that callers get, out of the store too.
fn kept(data: &[u8], map: &Map<String, Value>) {
    let mut named = Named::read(data).unwrap_or_default();
    for (name, value) in map {
        let Some(place) = named.place(name) else { continue };
        assert_eq!(place.take().map(Value::from).as_ref(), Some(value), "{name}");
    }
    let claims = IdClaims::of(data);
    assert_eq!(&claims.to_map(), map);
    let written = serde_json::to_vec(&claims).unwrap_or_default();
    let again: Option<IdClaims> = serde_json::from_slice(&written).ok();
    assert_eq!(again.map(|it| it.to_map()).as_ref(), Some(map));
}

fn believed(claims: &Map<String, Value>, algorithm: Algorithm, expected: &Expected<'_>) {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    assert_eq!(text("iss"), Some(ISSUER));
    let audience = match claims.get("aud") {
        Some(Value::Array(several)) => several.as_slice(),
        one => one.map(std::slice::from_ref).unwrap_or_default(),
    };
    assert!(audience.iter().any(|it| it == CLIENT), "{audience:?}");
    assert!(audience.iter().all(|it| it == CLIENT || it == TRUSTED), "{audience:?}");
    assert!(text("azp") == Some(CLIENT) || (audience.len() == 1 && !claims.contains_key("azp")));
    assert!(number("exp").is_some_and(|it| it > NOW as f64 - 60.0));
    assert!(number("iat").is_some_and(|it| it <= NOW as f64 + 60.0));
    assert!(!claims.contains_key("nbf") || number("nbf").is_some_and(|it| it <= NOW as f64 + 60.0));
    match &expected.before {
        None => {
            assert_eq!(text("nonce"), Some(NONCE));
            assert!(text("sub").is_some_and(|it| !it.is_empty()));
            let age = |it: f64| it >= NOW as f64 - 960.0;
            assert!(number("auth_time").or_else(|| number("auth:time")).is_some_and(age));
        }
        Some(_) => {
            assert_eq!((text("sub"), text("azp")), (Some(USER), Some(CLIENT)));
            assert!(claims.get("nonce").is_none_or(|it| it == NONCE));
        }
    }
    if algorithm == Algorithm::Rs256 {
        assert!(claims.get("at_hash").is_none_or(|it| it == AT_HASH));
        assert!(claims.get("c_hash").is_none_or(|it| it == C_HASH));
    } else {
        assert!(claims.get("at_hash").is_none_or(|it| it != AT_HASH), "EdDSA hashes otherwise");
    }
}
