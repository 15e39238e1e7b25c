//! The OAuth 2.0 clients that the server knows.

use std::fmt;

use serde_json::Value;

use crate::fault_server::{Authority, Identity};
use crate::sim::oauth::CertificateRule;

/// How a client's `id_tokens` are signed.
///
/// ```
/// use journey_testkit::sim::{IdTokenAlg, OAuthClient};
///
/// let client = OAuthClient::confidential("app", "a-secret").id_token_alg(IdTokenAlg::Es256);
/// assert!(!format!("{client:?}").contains("a-secret"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IdTokenAlg {
    /// RSA with SHA-256.
    #[default]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// HMAC with SHA-256, keyed by the client's secret.
    Hs256,
}

/// An OAuth 2.0 client.
///
/// ```
/// use journey_testkit::sim::OAuthClient;
///
/// let client = OAuthClient::public("app").redirect_uri("com.example.app:/callback");
/// assert_eq!(client.id(), "app");
/// ```
#[derive(Clone)]
pub struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    /// Public keys, for `private_key_jwt`.
    pub(crate) keys: Vec<Value>,
    pub(crate) certificate: Option<CertificateRule>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) default_scopes: Vec<String>,
    pub(crate) consent_implied: bool,
    pub(crate) id_token_alg: IdTokenAlg,
    pub(crate) issues_refresh_tokens: bool,
}

impl OAuthClient {
    /// Makes a client without a secret that may ask for openid, profile and email, and whose users
    /// are not asked for consent.
    pub fn public(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: None,
            keys: Vec::new(),
            certificate: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scopes: ["openid", "profile", "email"].map(String::from).to_vec(),
            default_scopes: vec!["openid".to_owned()],
            consent_implied: true,
            id_token_alg: IdTokenAlg::default(),
            issues_refresh_tokens: true,
        }
    }

    /// Makes a client that authenticates with a secret, otherwise like [`public`](Self::public).
    pub fn confidential(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { secret: Some(secret.into()), ..Self::public(id) }
    }

    /// Makes a client that authenticates with assertions signed by the private half of one of these
    /// keys (`private_key_jwt`, RFC 7523), otherwise like [`public`](Self::public).
    pub fn private_key_jwt(id: impl Into<String>, keys: impl IntoIterator<Item = Value>) -> Self {
        Self { keys: keys.into_iter().collect(), ..Self::public(id) }
    }

    /// Makes a client that authenticates with a certificate which this authority has signed for this
    /// DNS name (`tls_client_auth`, RFC 8705 section 2.1), otherwise like [`public`](Self::public).
    ///
    /// The server must be reached by [`FaultServer::tls_over`](crate::fault_server::FaultServer::tls_over).
    ///
    /// ```
    /// use journey_testkit::fault_server::Authority;
    /// use journey_testkit::sim::OAuthClient;
    ///
    /// let client = OAuthClient::tls_client_auth("app", &Authority::new()?, "app.example.com");
    /// assert_eq!(client.id(), "app");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn tls_client_auth(id: impl Into<String>, authority: &Authority, name: &str) -> Self {
        let rule = CertificateRule::signed_by(authority, name);
        Self { certificate: Some(rule), ..Self::public(id) }
    }

    /// Makes a client that authenticates with this very certificate, whoever has signed it
    /// (`self_signed_tls_client_auth`, RFC 8705 section 2.2), otherwise like [`public`](Self::public).
    ///
    /// ```
    /// use journey_testkit::fault_server::Identity;
    /// use journey_testkit::sim::OAuthClient;
    ///
    /// let mine = Identity::self_signed("app.example.com")?;
    /// let client = OAuthClient::self_signed_tls_client_auth("app", &mine);
    /// assert_eq!(client.id(), "app");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn self_signed_tls_client_auth(id: impl Into<String>, identity: &Identity) -> Self {
        Self { certificate: Some(CertificateRule::this(identity)), ..Self::public(id) }
    }

    pub(crate) fn is_public(&self) -> bool {
        self.secret.is_none() && self.keys.is_empty() && self.certificate.is_none()
    }

    /// Returns the client's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Registers a redirect URI; requests must name one of them exactly.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Registers a URI to go to when the session has been ended.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Sets the scopes that it may ask for.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the scopes that it gets when it asks for none.
    #[must_use]
    pub fn default_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.default_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Makes the server ask the user for consent.
    #[must_use]
    pub fn consent_required(mut self) -> Self {
        self.consent_implied = false;
        self
    }

    /// Sets how its `id_tokens` are signed.
    #[must_use]
    pub fn id_token_alg(mut self, alg: IdTokenAlg) -> Self {
        self.id_token_alg = alg;
        self
    }

    /// Makes the server issue access tokens only.
    #[must_use]
    pub fn without_refresh_tokens(mut self) -> Self {
        self.issues_refresh_tokens = false;
        self
    }
}

/// Leaves out the secret.
impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthClient")
            .field("id", &self.id)
            .field("redirect_uris", &self.redirect_uris)
            .finish_non_exhaustive()
    }
}
