//! What the token endpoint answers (RFC 6749 section 5).

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use http::{Response, StatusCode};
use journey_core::OAuthError;
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{
    error::{Error, ErrorKind},
    jose, text,
};

/// Tokens as they came: not yet verified.
pub(crate) struct Tokens {
    pub(crate) access_token: SecretString,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) id_token: Option<SecretString>,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) scopes: Option<Vec<String>>,
    /// What else stood in the answer, kept for the caller.
    pub(crate) extra: Map<String, Value>,
    /// The server's clock when it answered.
    pub(crate) server_time: Option<SystemTime>,
}

/// Tokens that came and are not taken. The server honors them all the same, so they are to be ended.
#[derive(Default)]
pub(crate) struct Unwanted {
    pub(crate) access_token: Option<SecretString>,
    pub(crate) refresh_token: Option<SecretString>,
}

/// What the answer amounts to.
#[derive(Debug)]
pub(crate) enum TokenAnswer {
    Tokens(Box<Tokens>),
    /// Tokens may have come, but not in a form that can be used.
    Unusable(Error, Unwanted),
    /// The grant is no longer good: the one answer that may end tokens.
    InvalidGrant(OAuthError),
    /// The server refused for another reason, which says nothing about the grant.
    Refused(OAuthError),
    /// The server can't answer now, or something before it answered.
    Unavailable(StatusCode, Option<OAuthError>),
}

impl TokenAnswer {
    /// Reads an answer; `sent` are the secrets that no error may quote.
    pub(crate) fn read(response: &Response<impl AsRef<[u8]>>, sent: &[&SecretString]) -> Self {
        let status = response.status();
        let body = jose::object(response.body().as_ref());
        let error = body.as_ref().and_then(|it| oauth_error(it, status, sent));
        match (status.as_u16(), error, body) {
            (429 | 500..=599, error, _) => Self::Unavailable(status, error),
            // AM and others have sent errors with status 200 too, so the body decides.
            (_, Some(error), _) if error.error() == "invalid_grant" => Self::InvalidGrant(error),
            // AM sends faults of its own with status 400 (seen on OpenAM 16.0.5).
            (_, Some(error), _)
                if matches!(error.error(), "server_error" | "temporarily_unavailable") =>
            {
                Self::Unavailable(status, Some(error))
            }
            (_, Some(error), _) => Self::Refused(error),
            (200, None, Some(body)) => tokens(body, response),
            _ => Self::Unavailable(status, None),
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("lifetime", &self.lifetime)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl Tokens {
    /// Gives up all but what has to be ended at the server.
    pub(crate) fn into_unwanted(self) -> Unwanted {
        Unwanted { access_token: Some(self.access_token), refresh_token: self.refresh_token }
    }
}

impl fmt::Debug for Unwanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unwanted").finish_non_exhaustive()
    }
}

fn tokens(mut body: Map<String, Value>, response: &Response<impl AsRef<[u8]>>) -> TokenAnswer {
    let mut take = |name: &str| match body.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let access_token = take("access_token").map(SecretString::from);
    let refresh_token = take("refresh_token").map(SecretString::from);
    let fault = match (&access_token, take("token_type")) {
        (None, _) => Some("the token answer holds no access token"),
        (_, None) => Some("the token answer does not say what type the token is of"),
        (_, Some(name)) if name.eq_ignore_ascii_case("bearer") => None,
        _ => Some("the token is of a type that is not known here"),
    };
    let (access_token, refresh_token) = match (access_token, fault) {
        (Some(access_token), None) => (access_token, refresh_token),
        (access_token, fault) => {
            let error = Error::new(ErrorKind::TokenAnswer, fault.unwrap_or_default());
            return TokenAnswer::Unusable(error, Unwanted { access_token, refresh_token });
        }
    };
    let id_token = take("id_token").map(SecretString::from);
    let scopes =
        take("scope").map(|it| it.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let lifetime = body.remove("expires_in").and_then(|it| lifetime(&it));
    let server_time = response.headers().get(http::header::DATE);
    let server_time = server_time.and_then(|it| httpdate::parse_http_date(it.to_str().ok()?).ok());
    let extra = body;
    TokenAnswer::Tokens(Box::new(Tokens {
        access_token,
        refresh_token,
        id_token,
        lifetime,
        scopes,
        extra,
        server_time,
    }))
}

/// A number, or a number written as text; what is negative has ended already, what is more than any
/// clock can hold never ends, what is something else is not known.
fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok().filter(|it| !it.is_nan())?,
        _ => return None,
    };
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

fn oauth_error(
    body: &Map<String, Value>,
    status: StatusCode,
    sent: &[&SecretString],
) -> Option<OAuthError> {
    let code = body.get("error").and_then(Value::as_str)?;
    let error = OAuthError::new(text::word(Some(code), sent)).status(status.as_u16());
    let description = body.get("error_description").and_then(Value::as_str);
    Some(match description.and_then(|it| text::cut_without(it, sent)) {
        Some(description) => error.description(description),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    fn read(status: u16, body: &Value) -> TokenAnswer {
        let response = Response::builder().status(status).body(body.to_string()).unwrap();
        TokenAnswer::read(&response, &[&"sentinel".into()])
    }

    fn good(change: impl FnOnce(&mut Value)) -> Result<Tokens, Error> {
        let mut body = json!({"access_token": "at", "token_type": "Bearer", "expires_in": 3599});
        change(&mut body);
        match read(200, &body) {
            TokenAnswer::Tokens(tokens) => Ok(*tokens),
            TokenAnswer::Unusable(error, _) => Err(error),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn expires_in_is_read_in_whatever_form_it_comes() {
        for (value, expected) in [
            (json!(3599), Some(3599)),
            (json!("3599"), Some(3599)),
            (json!(0), Some(0)),
            (json!(-5), Some(0)),
            (json!("-5"), Some(0)),
            (json!(1e300), Some(u64::MAX)),
            (json!(u64::MAX), Some(u64::MAX)),
            (json!("soon"), None),
            (json!("NaN"), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            let tokens = good(|it| it["expires_in"] = value.clone()).unwrap();
            assert_eq!(tokens.lifetime.map(|it| it.as_secs()), expected, "{value}");
        }
    }

    #[test]
    fn the_token_type_is_compared_without_case_and_unknown_ones_are_refused() {
        for name in ["Bearer", "bearer", "BEARER"] {
            assert!(good(|it| it["token_type"] = name.into()).is_ok());
        }
        for name in [json!("DPoP"), json!("mac"), json!(""), json!(null), json!(1)] {
            assert!(good(|it| it["token_type"] = name.clone()).is_err(), "{name}");
        }
    }

    #[test]
    fn unknown_fields_are_kept_and_a_missing_scope_stays_open() {
        let tokens = good(|it| it["nonce"] = "n".into()).unwrap();
        assert_eq!(tokens.extra, *json!({"nonce": "n"}).as_object().unwrap());
        assert_eq!(tokens.scopes, None);
        let tokens = good(|it| it["scope"] = " openid  profile ".into()).unwrap();
        assert_eq!(tokens.scopes.unwrap(), ["openid", "profile"]);
        assert_eq!(tokens.access_token.expose_secret(), "at");
    }

    #[test]
    fn only_invalid_grant_ends_a_grant() {
        use TokenAnswer::{InvalidGrant, Refused, Unavailable};
        let error = |name: &str| json!({ "error": name });
        assert!(matches!(read(400, &error("invalid_grant")), InvalidGrant(_)));
        assert!(matches!(read(401, &error("invalid_grant")), InvalidGrant(_)));
        assert!(matches!(read(400, &error("server_error")), Unavailable(..)));
        assert!(matches!(read(503, &error("invalid_grant")), Unavailable(..)));
        assert!(matches!(read(429, &json!({})), Unavailable(..)));
        assert!(matches!(read(200, &error("invalid_client")), Refused(_)));
        for other in ["invalid_client", "invalid_request", "bad_request", "not_found"] {
            assert!(matches!(read(400, &error(other)), Refused(_)), "{other}");
        }
        assert!(matches!(read(200, &json!([])), Unavailable(..)));
        assert!(matches!(read(302, &json!({})), Unavailable(..)));
    }

    #[test]
    fn an_answer_without_an_access_token_is_refused() {
        assert!(good(|it| it["access_token"] = "".into()).is_err());
        assert!(good(|it| it["access_token"] = 7.into()).is_err());
    }

    #[test]
    fn tokens_in_an_answer_that_cannot_be_used_are_not_lost_sight_of() {
        let body = json!({"access_token": "at", "refresh_token": "rt", "token_type": "DPoP"});
        match read(200, &body) {
            TokenAnswer::Unusable(_, Unwanted { access_token, refresh_token }) => {
                assert_eq!(access_token.unwrap().expose_secret(), "at");
                assert_eq!(refresh_token.unwrap().expose_secret(), "rt");
            }
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn an_error_never_quotes_what_was_sent() {
        let body = json!({"error": "invalid_grant", "error_description": "token sentinel is bad"});
        let shown = format!("{:?}", read(400, &body));
        assert!(!shown.contains("sentinel"), "{shown}");
    }
}
