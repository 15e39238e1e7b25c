//! How troubles of other layers become a [`TokenError`].

use std::{
    error::Error as _,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode, header};
use journey_core::{OAuthError, TokenError, TokenErrorKind};
use journey_storage::ErrorKind as StoreKind;
use journey_transport::ErrorKind as HttpKind;

use crate::error::{Error, ErrorKind};

pub(crate) fn http(doing: &str, error: journey_transport::Error) -> TokenError {
    let kind = match error.kind() {
        HttpKind::NoRuntime | HttpKind::Config | HttpKind::InsecureUrl => {
            TokenErrorKind::Misconfigured
        }
        // Whatever else it is, it says nothing about the tokens, so nothing is lost.
        _ => TokenErrorKind::Transient,
    };
    let wait = error.retry_after();
    TokenError::new(kind, format!("could not {doing}")).with_retry_after(wait).with_source(error)
}

/// Tells whether the server may have seen the request that this came of.
pub(crate) fn was_sent(error: &TokenError) -> bool {
    let http = error.source().and_then(|it| it.downcast_ref::<journey_transport::Error>());
    http.is_none_or(journey_transport::Error::was_sent)
}

/// Tells whether a request was sent and its answer never came, so that nobody knows what became of it.
pub(crate) fn is_lost_answer(error: &TokenError) -> bool {
    let http = error.source().and_then(|it| it.downcast_ref::<journey_transport::Error>());
    let lost = [HttpKind::Disconnected, HttpKind::Protocol, HttpKind::Service];
    http.is_some_and(|it| lost.contains(&it.kind()))
}

pub(crate) fn store(doing: &str, error: journey_storage::Error) -> TokenError {
    let kind = match error.kind() {
        StoreKind::Corrupt | StoreKind::NewerVersion => TokenErrorKind::StoreCorrupt,
        StoreKind::Denied | StoreKind::WrongKey => TokenErrorKind::StoreDenied,
        StoreKind::NoRuntime | StoreKind::Unsupported => TokenErrorKind::Misconfigured,
        _ => TokenErrorKind::StoreUnavailable,
    };
    TokenError::new(kind, format!("could not {doing}")).with_source(error)
}

/// An answer that was read but not accepted.
pub(crate) fn rejected(doing: &str, error: Error) -> TokenError {
    let kind = match error.kind() {
        ErrorKind::Configuration | ErrorKind::Issuer => TokenErrorKind::Misconfigured,
        // Half a page from a proxy is no proof of anything.
        ErrorKind::TokenAnswer | ErrorKind::Keys | ErrorKind::Cryptography => {
            TokenErrorKind::Transient
        }
        _ => TokenErrorKind::Untrusted,
    };
    TokenError::new(kind, format!("could not {doing}")).with_source(error)
}

pub(crate) fn unavailable(
    doing: &str,
    status: StatusCode,
    headers: &HeaderMap,
    now: SystemTime,
) -> TokenError {
    let message = format!("could not {doing}: the server answered {}", status.as_u16());
    TokenError::new(TokenErrorKind::Transient, message).with_retry_after(retry_after(headers, now))
}

/// A refusal in OAuth's words. What they mean for the caller depends on the word alone.
pub(crate) fn refused(doing: &str, error: OAuthError) -> TokenError {
    let kind = match error.error() {
        "login_required" | "interaction_required" | "account_selection_required" => {
            TokenErrorKind::NeedsSignIn
        }
        "consent_required" => TokenErrorKind::ConsentRequired,
        "temporarily_unavailable" | "server_error" => TokenErrorKind::Transient,
        "invalid_client"
        | "unauthorized_client"
        | "invalid_scope"
        | "invalid_request"
        | "unsupported_grant_type"
        | "unsupported_response_type"
        | "redirect_uri_mismatch" => TokenErrorKind::Misconfigured,
        _ => TokenErrorKind::Refused,
    };
    TokenError::new(kind, format!("could not {doing}")).with_server(error)
}

/// Reads `Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(now).ok(),
    }
}
