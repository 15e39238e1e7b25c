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

/// What the answer amounts to.
#[derive(Debug)]
pub(crate) enum TokenAnswer {
    Tokens(Box<Tokens>),
    /// The grant is no longer good: the one answer that may end tokens.
    InvalidGrant(OAuthError),
    /// The server refused for another reason, which says nothing about the grant.
    Refused(OAuthError),
    /// The server can't answer now, or something before it answered.
    Unavailable(StatusCode, Option<OAuthError>),
}

impl TokenAnswer {
    /// Reads an answer; `sent` are the secrets that no error may quote.
    pub(crate) fn read(
        response: &Response<impl AsRef<[u8]>>,
        sent: &[&SecretString],
    ) -> Result<Self, Error> {
        let status = response.status();
        let body = jose::object(response.body().as_ref());
        let error = body.as_ref().and_then(|it| oauth_error(it, status, sent));
        match (status.as_u16(), error, body) {
            (429 | 500..=599, error, _) => Ok(Self::Unavailable(status, error)),
            // AM and others have sent errors with status 200 too, so the body decides.
            (_, Some(error), _) if error.error() == "invalid_grant" => {
                Ok(Self::InvalidGrant(error))
            }
            // AM sends faults of its own with status 400 (seen on OpenAM 16.0.5).
            (_, Some(error), _)
                if matches!(error.error(), "server_error" | "temporarily_unavailable") =>
            {
                Ok(Self::Unavailable(status, Some(error)))
            }
            (_, Some(error), _) => Ok(Self::Refused(error)),
            (200, None, Some(body)) => tokens(body, response).map(|it| Self::Tokens(Box::new(it))),
            _ => Ok(Self::Unavailable(status, None)),
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

fn tokens(
    mut body: Map<String, Value>,
    response: &Response<impl AsRef<[u8]>>,
) -> Result<Tokens, Error> {
    let unreadable = |what: &str| Error::new(ErrorKind::TokenAnswer, what);
    let mut take = |name: &str| match body.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let access_token = take("access_token")
        .ok_or_else(|| unreadable("the token answer holds no access token"))?
        .into();
    let token_type = take("token_type")
        .ok_or_else(|| unreadable("the token answer does not say what type the token is of"))?;
    if !token_type.eq_ignore_ascii_case("bearer") {
        return Err(unreadable("the token is of a type that is not known here"));
    }
    let refresh_token = take("refresh_token").map(SecretString::from);
    let id_token = take("id_token").map(SecretString::from);
    let scopes =
        take("scope").map(|it| it.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let lifetime = body.remove("expires_in").and_then(|it| lifetime(&it));
    let server_time = response.headers().get(http::header::DATE);
    let server_time = server_time.and_then(|it| httpdate::parse_http_date(it.to_str().ok()?).ok());
    Ok(Tokens { access_token, refresh_token, id_token, lifetime, scopes, extra: body, server_time })
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
    let error = OAuthError::new(text::cut(code)).status(status.as_u16());
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

    fn read(status: u16, body: &Value) -> Result<TokenAnswer, Error> {
        let response = Response::builder().status(status).body(body.to_string()).unwrap();
        TokenAnswer::read(&response, &[&"sentinel".into()])
    }

    fn good(change: impl FnOnce(&mut Value)) -> Result<Tokens, Error> {
        let mut body = json!({"access_token": "at", "token_type": "Bearer", "expires_in": 3599});
        change(&mut body);
        read(200, &body).map(|it| match it {
            TokenAnswer::Tokens(tokens) => *tokens,
            other => unreachable!("{other:?}"),
        })
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
        assert!(matches!(read(400, &error("invalid_grant")), Ok(InvalidGrant(_))));
        assert!(matches!(read(401, &error("invalid_grant")), Ok(InvalidGrant(_))));
        assert!(matches!(read(400, &error("server_error")), Ok(Unavailable(..))));
        assert!(matches!(read(503, &error("invalid_grant")), Ok(Unavailable(..))));
        assert!(matches!(read(429, &json!({})), Ok(Unavailable(..))));
        assert!(matches!(read(200, &error("invalid_client")), Ok(Refused(_))));
        for other in ["invalid_client", "invalid_request", "bad_request", "not_found"] {
            assert!(matches!(read(400, &error(other)), Ok(Refused(_))), "{other}");
        }
        assert!(matches!(read(200, &json!([])), Ok(Unavailable(..))));
        assert!(matches!(read(302, &json!({})), Ok(Unavailable(..))));
    }

    #[test]
    fn an_answer_without_an_access_token_is_refused() {
        assert!(good(|it| it["access_token"] = "".into()).is_err());
        assert!(good(|it| it["access_token"] = 7.into()).is_err());
    }

    #[test]
    fn an_error_never_quotes_what_was_sent() {
        let body = json!({"error": "invalid_grant", "error_description": "token sentinel is bad"});
        let shown = format!("{:?}", read(400, &body).unwrap());
        assert!(!shown.contains("sentinel"), "{shown}");
    }
}
