//! How the client says who it is at the token endpoint (OpenID Connect Core section 9).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};
use serde_json::{Map, Value};
use url::form_urlencoded::byte_serialize;

use crate::{
    error::Error,
    form::Form,
    jose::{self, SigningKey},
    random,
};

/// How long an assertion is good for: long enough for a slow network, too short to be worth stealing.
const ASSERTION_LIFE: Duration = Duration::from_secs(60);

/// The way the client authenticates itself.
#[derive(Debug, Clone)]
pub(crate) enum ClientAuth {
    /// By name alone: a public client.
    None,
    /// By the certificate of the TLS connection (RFC 8705); in the request it only names itself.
    Certificate,
    Basic(SecretString),
    Post(SecretString),
    PrivateKeyJwt(SigningKey),
}

impl ClientAuth {
    /// Adds to the form what this way puts there, and returns the header for the others.
    pub(crate) fn apply(
        &self,
        form: &mut Form,
        client_id: &str,
        audience: &str,
        now: SystemTime,
    ) -> Result<Option<HeaderValue>, Error> {
        match self {
            Self::None | Self::Certificate => {
                form.add("client_id", client_id);
                Ok(None)
            }
            Self::Basic(secret) => basic(client_id, secret).map(Some),
            Self::Post(secret) => {
                form.add("client_id", client_id);
                form.add_secret("client_secret", secret);
                Ok(None)
            }
            Self::PrivateKeyJwt(key) => {
                form.add("client_id", client_id);
                form.add(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                );
                let assertion = assertion(key, client_id, audience, now)?;
                form.add_secret("client_assertion", &assertion);
                Ok(None)
            }
        }
    }

    pub(crate) fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Basic(secret) | Self::Post(secret) => Some(secret),
            Self::None | Self::Certificate | Self::PrivateKeyJwt(_) => None,
        }
    }
}

/// RFC 6749 section 2.3.1: name and secret are form-encoded before they are joined.
fn basic(client_id: &str, secret: &SecretString) -> Result<HeaderValue, Error> {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let mut pair = format!("{}:{}", encode(client_id), encode(secret.expose_secret()));
    let mut text = format!("Basic {}", STANDARD.encode(&pair));
    pair.zeroize();
    let header = HeaderValue::from_str(&text);
    text.zeroize();
    let mut header = header.map_err(|_| Error::configuration("the client's name or secret"))?;
    header.set_sensitive(true);
    Ok(header)
}

fn assertion(
    key: &SigningKey,
    client_id: &str,
    audience: &str,
    now: SystemTime,
) -> Result<SecretString, Error> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let claims = Map::from_iter([
        ("iss".to_owned(), Value::from(client_id)),
        ("sub".to_owned(), Value::from(client_id)),
        ("aud".to_owned(), Value::from(audience)),
        ("jti".to_owned(), Value::from(random::token()?.expose_secret())),
        ("iat".to_owned(), Value::from(now.as_secs())),
        ("exp".to_owned(), Value::from((now + ASSERTION_LIFE).as_secs())),
    ]);
    jose::sign(key, &claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(auth: &ClientAuth) -> (String, Option<HeaderValue>) {
        let mut form = Form::new();
        let header = auth.apply(&mut form, "my app", "https://am/token", UNIX_EPOCH).unwrap();
        (form.into_secret().expose_secret().to_owned(), header)
    }

    #[test]
    fn a_public_client_and_one_with_a_certificate_only_name_themselves() {
        for auth in [ClientAuth::None, ClientAuth::Certificate] {
            assert_eq!(apply(&auth), ("client_id=my+app".to_owned(), None));
        }
    }

    #[test]
    fn basic_encodes_both_halves_and_is_marked_sensitive() {
        let (form, header) = apply(&ClientAuth::Basic("p:ä %".into()));
        let header = header.unwrap();
        assert_eq!(form, "");
        assert_eq!(header, format!("Basic {}", STANDARD.encode("my+app:p%3A%C3%A4+%25")));
        assert!(header.is_sensitive());
    }

    #[test]
    fn post_puts_the_secret_into_the_form() {
        let (form, header) = apply(&ClientAuth::Post("s&x".into()));
        assert_eq!((form.as_str(), header), ("client_id=my+app&client_secret=s%26x", None));
    }
}
