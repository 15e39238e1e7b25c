//! What the token endpoint answers, and what the store keeps of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Response, StatusCode, header};
use journey_core::OAuthError;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{
    failure,
    fuzz::{first_line, fit_for_logs, marker},
    id_token::IdClaims,
    jose,
    record::Record,
    token_answer::{TokenAnswer, Tokens},
};

const SENT: &str = "the-refresh-token-that-was-sent";

/// Reads a line with the status, a blank and `Date`, and behind it the body; the body as a record too.
pub fn token_answer(data: &[u8]) {
    let Some((line, body)) = first_line(data) else { return };
    let (status, date) = line.split_once(' ').unwrap_or((line, ""));
    let Ok(status) = status.parse::<StatusCode>() else { return };
    read(status, date, body, None);
    let marker = marker(data);
    if let Some(planted) = planted(body, &marker) {
        read(status, date, planted.as_bytes(), Some(&marker));
    }
    if let Ok(record) = serde_json::from_slice::<Record>(body) {
        travels(&record);
    }
}

/// Puts the marker where secrets stand.
fn planted(body: &[u8], marker: &str) -> Option<String> {
    let mut body = jose::object(body)?;
    for name in ["access_token", "refresh_token", "id_token"] {
        match body.get_mut(name) {
            Some(Value::String(text)) if !text.is_empty() => marker.clone_into(text),
            _ => {}
        }
    }
    Some(Value::Object(body).to_string())
}

fn read(status: StatusCode, date: &str, body: &[u8], marker: Option<&str>) {
    let secrets: Vec<&str> = marker.into_iter().chain([SENT]).collect();
    let response = Response::builder().status(status).header(header::DATE, date).body(body);
    let Ok(response) = response else { return };
    let answer = TokenAnswer::read(&response, &[&SENT.into()]);
    let shown = format!("{answer:?}");
    match answer {
        TokenAnswer::Tokens(tokens) => {
            assert_eq!(status, StatusCode::OK);
            let fields = jose::object(body).unwrap_or_default();
            let access_token = fields.get("access_token").and_then(Value::as_str);
            assert_eq!(access_token, Some(tokens.access_token.expose_secret()));
            assert_eq!(fields.get("error").filter(|it| it.is_string()), None);
            let record = record(*tokens);
            travels(&record);
            let shown = format!("{shown} {record:?} {:?}", record.access_token(true));
            assert!(marker.is_none_or(|it| !shown.contains(it)), "{shown}");
        }
        TokenAnswer::Unusable(error, _) => fit_for_logs(&error, &secrets),
        TokenAnswer::InvalidGrant(error) => {
            assert!(status.as_u16() != 429 && !status.is_server_error(), "{status} ends no tokens");
            assert_eq!(error.error(), "invalid_grant");
            refused(error, &secrets);
        }
        TokenAnswer::Refused(error) | TokenAnswer::Unavailable(_, Some(error)) => {
            refused(error, &secrets);
        }
        TokenAnswer::Unavailable(_, None) => {}
    }
}

fn refused(error: OAuthError, secrets: &[&str]) {
    fit_for_logs(&failure::refused("ask for tokens", error), secrets);
}

fn record(tokens: Tokens) -> Record {
    Record {
        issuer: "https://am.example.com/am/oauth2".to_owned(),
        requested: vec!["openid".to_owned()],
        generation: 1,
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        id_token: tokens.id_token,
        first_nonce: Some("the-nonce-that-was-sent".into()),
        id_claims: IdClaims::of(br#"{"sub":"bjensen"}"#),
        scopes: tokens.scopes.unwrap_or_default(),
        obtained_at: 1_800_000_000,
        lifetime: tokens.lifetime.map(|it| it.as_secs()),
        extra: tokens.extra,
        untaken: Vec::new(),
    }
}

/// Another process reads what this one has stored.
fn travels(record: &Record) {
    let Ok(written) = serde_json::to_vec(record) else { unreachable!("any record can be written") };
    let Ok(again) = serde_json::from_slice::<Record>(&written) else {
        unreachable!("what was written can be read")
    };
    assert_eq!(serde_json::to_vec(&again).ok(), Some(written), "nothing is lost or added");
    let secret = |it: &Option<SecretString>| it.as_ref().map(|it| it.expose_secret().to_owned());
    assert!(record.same_token(&again));
    assert_eq!(secret(&record.refresh_token), secret(&again.refresh_token));
    assert_eq!(secret(&record.id_token), secret(&again.id_token));
    assert_eq!(secret(&record.first_nonce), secret(&again.first_nonce));
    assert_eq!(record.extra, again.extra);
    assert_eq!(record.id_claims.to_map(), again.id_claims.to_map());
    assert_eq!((&record.scopes, record.lifetime), (&again.scopes, again.lifetime));
    for seconds in [0, 1_800_000_000, u64::from(u32::MAX) * 2] {
        let now: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds);
        let left = again.left(now);
        assert!(left.is_none_or(|it| it.is_zero() || again.expires_at() == now.checked_add(it)));
    }
    let _ = format!("{again:?} {:?}", again.access_token(true));
}
