//! Why there is no token.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use crate::error::BoxError;

/// Says what kind of trouble a token provider met, and so what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// No token provider is plugged in.
    NotConfigured,
    /// Neither the tokens nor the session can be used any more: run a journey again.
    NeedsSignIn,
    /// The user has to agree to the requested scopes first.
    ConsentRequired,
    /// Another process has ended the tokens, signed the user out, or another one in: the session has to
    /// be read again before anything is asked for with it. The calls of the facade's `User` do that by
    /// themselves.
    AccountChanged,
    /// Network, timeout, 5xx, 429: nothing is lost, try again later.
    Transient,
    /// The server refused for a reason of its own, said in [`TokenError::server`]; nothing is lost.
    Refused,
    /// An answer could not be trusted (signature, issuer, nonce, state ..): it was thrown away.
    Untrusted,
    /// The store does not answer now; what it holds is still there.
    StoreUnavailable,
    /// What the store holds can't be read.
    StoreCorrupt,
    /// The store refuses access: permissions, or a wrong key.
    StoreDenied,
    /// The client's settings do not fit the server's, or the program runs without what is needed.
    Misconfigured,
}

/// Carries an OAuth error answer (RFC 6749 section 5.2), as the server wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    error: String,
    description: Option<String>,
    status: Option<u16>,
}

impl OAuthError {
    /// Makes it from the `error` code.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: error.into(), description: None, status: None }
    }

    /// Adds `error_description`. The caller has made sure that it quotes no token.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Returns the code, such as `invalid_grant`.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// Returns the server's explanation.
    pub fn error_description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the HTTP status; none when the error came in a redirect.
    pub fn http_status(&self) -> Option<u16> {
        self.status
    }
}

/// Says why a token provider could not do what it was asked.
///
/// ```
/// use journey_core::{TokenError, TokenErrorKind};
///
/// let error = TokenError::new(TokenErrorKind::NeedsSignIn, "the session has ended");
/// assert_eq!(error.code(), "token.needs_sign_in");
/// assert_eq!(error.to_string(), "the session has ended");
/// ```
///
/// Clones share the source, so that all callers that waited for one attempt get the same error.
#[derive(Debug, Clone)]
pub struct TokenError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: TokenErrorKind,
    message: String,
    server: Option<OAuthError>,
    retry_after: Option<Duration>,
    scopes: Vec<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TokenError {
    /// Makes an error; the message says what was being done, and holds no secret.
    pub fn new(kind: TokenErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            server: None,
            retry_after: None,
            scopes: Vec::new(),
            source: None,
        }))
    }

    /// Keeps what lies behind.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Keeps the server's own error.
    #[must_use]
    pub fn with_server(mut self, server: OAuthError) -> Self {
        self.0.server = Some(server);
        self
    }

    /// Keeps how long the server asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: impl Into<Option<Duration>>) -> Self {
        self.0.retry_after = wait.into();
        self
    }

    /// Keeps the scopes that await consent.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.0.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Returns what kind of trouble it is.
    pub fn kind(&self) -> TokenErrorKind {
        self.0.kind
    }

    /// Returns a stable code for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self.0.kind {
            TokenErrorKind::NotConfigured => "token.not_configured",
            TokenErrorKind::NeedsSignIn => "token.needs_sign_in",
            TokenErrorKind::ConsentRequired => "token.consent_required",
            TokenErrorKind::AccountChanged => "token.account_changed",
            TokenErrorKind::Transient => "token.transient",
            TokenErrorKind::Refused => "token.refused",
            TokenErrorKind::Untrusted => "token.untrusted",
            TokenErrorKind::StoreUnavailable => "token.store_unavailable",
            TokenErrorKind::StoreCorrupt => "token.store_corrupt",
            TokenErrorKind::StoreDenied => "token.store_denied",
            TokenErrorKind::Misconfigured => "token.misconfigured",
        }
    }

    /// Returns the server's own error, when it sent one.
    pub fn server(&self) -> Option<&OAuthError> {
        self.0.server.as_ref()
    }

    /// Returns how long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the scopes that await consent.
    pub fn scopes(&self) -> &[String] {
        &self.0.scopes
    }

    /// Tells whether the same call may work later without anything changed.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.0.kind,
            TokenErrorKind::AccountChanged
                | TokenErrorKind::Transient
                | TokenErrorKind::StoreUnavailable
        )
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(server) = &self.0.server {
            write!(f, ": the server says {}", server.error)?;
            if let Some(description) = &server.description {
                write!(f, " ({description})")?;
            }
        }
        Ok(())
    }
}

impl StdError for TokenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|it| it as &(dyn StdError + 'static))
    }
}
