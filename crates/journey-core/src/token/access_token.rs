//! An access token and what is known of it.

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{Arc, LazyLock},
    time::SystemTime,
};

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// Lets its bearer act for a user (RFC 6749 section 1.4).
///
/// Cheap to clone; `Debug` never shows the token. What is not known here: the refresh token, which
/// stays with the provider.
///
/// ```
/// use journey_core::AccessToken;
///
/// let token = AccessToken::builder("eyJ..").scopes(["openid", "profile"]).build();
/// assert_eq!(token.scopes(), ["openid", "profile"]);
/// assert!(!format!("{token:?}").contains("eyJ"));
/// ```
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    value: SecretString,
    token_type: String,
    expires_at: Option<SystemTime>,
    scopes: Vec<String>,
    id_token: Option<SecretString>,
    id_claims: Claims,
    extra: Map<String, Value>,
    durable: bool,
}

/// Claims that are read when somebody asks for them.
///
/// Whoever asks after a panic of the closure gets the panic again, never half a map.
type Claims =
    LazyLock<Map<String, Value>, AssertUnwindSafe<Box<dyn FnOnce() -> Map<String, Value> + Send>>>;

impl AccessToken {
    /// Starts a token from its value.
    pub fn builder(value: impl Into<SecretString>) -> AccessTokenBuilder {
        AccessTokenBuilder(Inner {
            value: value.into(),
            token_type: "Bearer".to_owned(),
            expires_at: None,
            scopes: Vec::new(),
            id_token: None,
            id_claims: LazyLock::new(AssertUnwindSafe(Box::new(Map::new))),
            extra: Map::new(),
            durable: true,
        })
    }

    /// Returns the token itself.
    pub fn value(&self) -> &SecretString {
        &self.0.value
    }

    /// Returns how to use the token, `Bearer` in most cases (RFC 6749 section 7.1).
    pub fn token_type(&self) -> &str {
        &self.0.token_type
    }

    /// Returns the `Authorization` header that carries the token, marked as sensitive.
    ///
    /// None when the token holds bytes that no header may hold.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let text = format!("{} {}", self.0.token_type, self.0.value.expose_secret());
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Returns when the token ends; none when the server did not say.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }

    /// Tells whether the token has ended at `now`; a token without an end has not.
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.0.expires_at.is_some_and(|end| end <= now)
    }

    /// Returns what the token is good for.
    pub fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// Returns the verified id_token (OpenID Connect Core section 2), for a back end that wants proof.
    pub fn id_token(&self) -> Option<&SecretString> {
        self.0.id_token.as_ref()
    }

    /// Returns the claims of the verified id_token; empty without one.
    pub fn id_claims(&self) -> &Map<String, Value> {
        &self.0.id_claims
    }

    /// Returns what else came with the token, which no standard knows or needs here: a server may be
    /// taught to send more.
    ///
    /// ```
    /// use journey_core::AccessToken;
    /// use serde_json::json;
    ///
    /// let more = json!({ "tenant": "acme" });
    /// let token = AccessToken::builder("eyJ..").extra(more.as_object().cloned().unwrap()).build();
    /// assert_eq!(token.extra()["tenant"], "acme");
    /// ```
    pub fn extra(&self) -> &Map<String, Value> {
        &self.0.extra
    }

    /// Tells whether the tokens were safely stored when this was handed out.
    ///
    /// A snapshot: when the store was full or denied, a later successful store hands out a new
    /// `AccessToken` that says so.
    pub fn is_durable(&self) -> bool {
        self.0.durable
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("token_type", &self.0.token_type)
            .field("expires_at", &self.0.expires_at)
            .field("scopes", &self.0.scopes)
            .field("has_id_token", &self.0.id_token.is_some())
            .field("durable", &self.0.durable)
            .finish_non_exhaustive()
    }
}

/// Collects the parts of an [`AccessToken`].
#[must_use]
pub struct AccessTokenBuilder(Inner);

impl AccessTokenBuilder {
    /// Sets how the token is used; `Bearer` unless told.
    pub fn token_type(mut self, token_type: impl Into<String>) -> Self {
        self.0.token_type = token_type.into();
        self
    }

    /// Sets when the token ends.
    pub fn expires_at(mut self, expires_at: impl Into<Option<SystemTime>>) -> Self {
        self.0.expires_at = expires_at.into();
        self
    }

    /// Sets what the token is good for.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.0.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the id_token and its verified claims.
    pub fn id_token(self, id_token: SecretString, claims: Map<String, Value>) -> Self {
        self.id_token_with(id_token, move || claims)
    }

    /// Sets the id_token, and how its verified claims are read once somebody asks for them.
    ///
    /// Most callers want the token alone, so a provider need not make a map for each.
    ///
    /// ```
    /// use journey_core::AccessToken;
    /// use serde_json::{Map, Value, json};
    ///
    /// let verified = r#"{"sub":"bjensen"}"#;
    /// let read = || serde_json::from_str(verified).unwrap_or_default();
    /// let token = AccessToken::builder("eyJ..").id_token_with("eyJ..".into(), read).build();
    /// assert_eq!(token.id_claims()["sub"], "bjensen");
    /// ```
    pub fn id_token_with(
        mut self,
        id_token: SecretString,
        claims: impl FnOnce() -> Map<String, Value> + Send + 'static,
    ) -> Self {
        self.0.id_token = Some(id_token);
        self.0.id_claims = LazyLock::new(AssertUnwindSafe(Box::new(claims)));
        self
    }

    /// Sets what else came with the token.
    pub fn extra(mut self, extra: Map<String, Value>) -> Self {
        self.0.extra = extra;
        self
    }

    /// Says whether the tokens are safely stored; true unless told.
    pub fn durable(mut self, durable: impl Into<bool>) -> Self {
        self.0.durable = durable.into();
        self
    }

    /// Makes the token.
    pub fn build(self) -> AccessToken {
        AccessToken(Arc::new(self.0))
    }
}

impl fmt::Debug for AccessTokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokenBuilder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[test]
    fn the_header_is_marked_sensitive() {
        let header = AccessToken::builder("abc").build().authorization().unwrap();
        assert_eq!(header, "Bearer abc");
        assert!(header.is_sensitive());
    }

    #[test]
    fn a_token_ends_at_its_last_second() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let token = AccessToken::builder("abc").expires_at(end).build();
        assert!(token.is_expired(end));
        assert!(!token.is_expired(end - Duration::from_secs(1)));
        assert!(!AccessToken::builder("abc").build().is_expired(end));
    }

    #[test]
    fn claims_are_read_once_and_only_for_those_who_ask() {
        let (told, reads) = mpsc::channel();
        let read = move || {
            told.send(()).unwrap();
            Map::from_iter([("sub".to_owned(), Value::from("bjensen"))])
        };
        let token = AccessToken::builder("abc").id_token_with("id".into(), read).build();
        assert!(format!("{token:?}").contains("has_id_token: true"));
        assert!(reads.try_recv().is_err(), "nobody has asked");
        assert_eq!(token.id_claims()["sub"], "bjensen");
        assert_eq!(token.id_claims().len(), 1);
        assert_eq!(reads.iter().count(), 1);
    }

    #[test]
    fn debug_shows_neither_token_nor_claims() {
        let claims = Map::from_iter([("sub".to_owned(), Value::from("claim-sentinel"))]);
        let token = AccessToken::builder("sentinel")
            .extra(claims.clone())
            .id_token("id-sentinel".into(), claims)
            .build();
        assert!(!format!("{token:?}").contains("sentinel"));
    }
}
