//! Where the server takes what.

/// Names the endpoints of a server by hand, in place of its discovery document.
///
/// Only what is set is used; a missing revocation or end session endpoint means that the server is
/// not told of a sign-out.
///
/// ```
/// use journey_oidc::{Endpoints, OidcClient};
///
/// let base = "https://am.example.com/am/oauth2/realms/root";
/// let endpoints = Endpoints::new(format!("{base}/authorize"), format!("{base}/access_token"))
///     .jwks(format!("{base}/connect/jwk_uri"))
///     .revocation(format!("{base}/token/revoke"));
/// let client = OidcClient::builder("app")
///     .redirect_uri("com.example.app:/callback")
///     .issuer("https://am.example.com/am/oauth2")
///     .endpoints(endpoints);
/// assert!(client.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Endpoints {
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) jwks: Option<String>,
    pub(crate) user_info: Option<String>,
    pub(crate) revocation: Option<String>,
    pub(crate) end_session: Option<String>,
}

impl Endpoints {
    /// Starts with the two that are always needed.
    pub fn new(authorization: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            authorization: authorization.into(),
            token: token.into(),
            jwks: None,
            user_info: None,
            revocation: None,
            end_session: None,
        }
    }

    /// Sets where the keys are; without them no id_token can be accepted.
    pub fn jwks(mut self, url: impl Into<String>) -> Self {
        self.jwks = Some(url.into());
        self
    }

    /// Sets the userinfo endpoint.
    pub fn user_info(mut self, url: impl Into<String>) -> Self {
        self.user_info = Some(url.into());
        self
    }

    /// Sets the revocation endpoint (RFC 7009).
    pub fn revocation(mut self, url: impl Into<String>) -> Self {
        self.revocation = Some(url.into());
        self
    }

    /// Sets the end session endpoint (RP-Initiated Logout 1.0).
    pub fn end_session(mut self, url: impl Into<String>) -> Self {
        self.end_session = Some(url.into());
        self
    }

    /// Adds what AM has but does not announce: its discovery document names no revocation endpoint,
    /// and yet `token/revoke` works beside the token endpoint (seen on OpenAM 16.0.5).
    pub(crate) fn with_derived(mut self) -> Self {
        let Some(base) = self.token.strip_suffix("/access_token").map(str::to_owned) else {
            return self;
        };
        let derive = |rest: &str| Some(format!("{base}/{rest}"));
        self.revocation = self.revocation.or_else(|| derive("token/revoke"));
        self.end_session = self.end_session.or_else(|| derive("connect/endSession"));
        self.user_info = self.user_info.or_else(|| derive("userinfo"));
        self
    }
}
