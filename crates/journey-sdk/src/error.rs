//! The facade's one error: what went wrong, and what to do next.

use std::{error::Error as StdError, fmt, time::Duration};

use journey_core::{BoxError, OAuthError, ServerError, TokenError, TokenErrorKind};
use journey_storage::ErrorKind as StorageErrorKind;
use secrecy::SecretString;

/// Says what kind of trouble an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server was not reached, or not in time.
    Network,
    /// The server, or something before it, failed: a status from 500, 429, or a redirect.
    Server,
    /// The answer was not what AM sends.
    Unreadable,
    /// The store could not be read or written.
    Storage,
    /// Tokens could not be had; [`Error::token_kind`] says more.
    Token,
    /// The session has ended, or there is none.
    SessionEnded,
    /// The settings do not fit together.
    Config,
    /// The call can't be made like this, or from here.
    Misuse,
}

/// Says what could not be done, why, and what may help.
///
/// `Display` is one line without what lies behind; `Debug` and [`source`](StdError::source) have the
/// whole chain. Neither shows a secret.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    code: &'static str,
    message: String,
    source: Option<Source>,
    retry_after: Option<Duration>,
}

enum Source {
    Core(journey_core::Error),
    Transport(journey_transport::Error),
    Storage(journey_storage::Error),
    Token(TokenError),
    Other(BoxError),
}

impl Error {
    /// Returns what kind of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns a stable code for logs and metrics, such as `transport.timeout`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Tells whether the same call may work later without anything changed.
    pub fn is_retryable(&self) -> bool {
        match &self.0.source {
            Some(Source::Transport(it)) => it.is_retryable(),
            // A provider keeps its tokens whatever the network says, so to it all of that passes.
            Some(Source::Token(it)) => it.is_retryable() && !self.is_barred(),
            Some(Source::Storage(it)) => matches!(
                it.kind(),
                StorageErrorKind::Unavailable
                    | StorageErrorKind::Full
                    | StorageErrorKind::LockTimeout
            ),
            _ => matches!(self.0.kind, ErrorKind::Server | ErrorKind::Network),
        }
    }

    /// Returns how long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.0.source {
            Some(Source::Transport(it)) => it.retry_after(),
            Some(Source::Token(it)) => it.retry_after(),
            _ => self.0.retry_after,
        }
    }

    /// Tells whether only a new sign-in helps: run a journey again.
    pub fn needs_sign_in(&self) -> bool {
        self.0.kind == ErrorKind::SessionEnded
            || self.token_kind() == Some(TokenErrorKind::NeedsSignIn)
    }

    /// Returns what kept the tokens away, when it was that.
    pub fn token_kind(&self) -> Option<TokenErrorKind> {
        match &self.0.source {
            Some(Source::Token(it)) => Some(it.kind()),
            _ => None,
        }
    }

    /// Returns AM's own error, when it sent one.
    pub fn server(&self) -> Option<&ServerError> {
        match &self.0.source {
            Some(Source::Core(it)) => it.server(),
            _ => None,
        }
    }

    /// Returns the OAuth error, when the server sent one.
    pub fn oauth(&self) -> Option<&OAuthError> {
        match &self.0.source {
            Some(Source::Token(it)) => it.server(),
            _ => None,
        }
    }

    /// Returns what the HTTP client says, when no usable answer came.
    ///
    /// It tells more than [`code`](Self::code): which limit of time ran out, and why TLS failed.
    ///
    /// ```
    /// use journey_sdk::{Error, transport::TlsReason};
    ///
    /// fn advice(error: &Error) -> Option<&'static str> {
    ///     match error.http()?.tls_reason()? {
    ///         TlsReason::Expired | TlsReason::NotYetValid => Some("look at this machine's clock"),
    ///         TlsReason::UnknownIssuer => Some("is there a proxy that opens TLS?"),
    ///         _ => None,
    ///     }
    /// }
    /// ```
    pub fn http(&self) -> Option<&journey_transport::Error> {
        if let Some(Source::Transport(it)) = &self.0.source {
            return Some(it);
        }
        let mut error = self.source()?;
        loop {
            match error.downcast_ref() {
                Some(found) => return Some(found),
                None => error = error.source()?,
            }
        }
    }

    /// Tells whether a proxy has said for good that it does not let us through.
    fn is_barred(&self) -> bool {
        let proxy = self.http().filter(|it| it.kind() == journey_transport::ErrorKind::Proxy);
        proxy.is_some_and(|it| !it.is_retryable())
    }

    pub(crate) fn core(error: journey_core::Error) -> Self {
        let kind = match error.kind() {
            journey_core::ErrorKind::Server => ErrorKind::Server,
            journey_core::ErrorKind::Unreadable => ErrorKind::Unreadable,
            _ => ErrorKind::Misuse,
        };
        Self::new(kind, error.code(), error.to_string(), Some(Source::Core(error)))
    }

    pub(crate) fn transport(error: journey_transport::Error) -> Self {
        let kind = match error.kind() {
            journey_transport::ErrorKind::NoRuntime => ErrorKind::Misuse,
            journey_transport::ErrorKind::Config | journey_transport::ErrorKind::InsecureUrl => {
                ErrorKind::Config
            }
            _ => ErrorKind::Network,
        };
        Self::new(kind, error.code(), error.to_string(), Some(Source::Transport(error)))
    }

    pub(crate) fn storage(error: journey_storage::Error) -> Self {
        let message = error.to_string();
        Self::new(ErrorKind::Storage, error.code(), message, Some(Source::Storage(error)))
    }

    pub(crate) fn token(error: TokenError) -> Self {
        let kind = match error.kind() {
            TokenErrorKind::Misconfigured => ErrorKind::Config,
            _ => ErrorKind::Token,
        };
        Self::new(kind, error.code(), error.to_string(), Some(Source::Token(error)))
    }

    pub(crate) fn no_tokens() -> Self {
        Self::token(TokenError::new(
            TokenErrorKind::NotConfigured,
            "no token provider is plugged in: add .oidc(OidcClient::builder(\"client-id\")) to the \
             journey's builder (feature `oidc`), or .tokens(..) with one of your own",
        ))
    }

    pub(crate) fn session_ended() -> Self {
        Self::new(ErrorKind::SessionEnded, "session.ended", "the session has ended".into(), None)
    }

    pub(crate) fn no_session() -> Self {
        let message = "there is no session".into();
        Self::new(ErrorKind::SessionEnded, "session.none", message, None)
    }

    pub(crate) fn foreign_user() -> Self {
        let message = "the user to be stepped up belongs to another server or realm".into();
        Self::new(ErrorKind::Misuse, "session.foreign", message, None)
    }

    pub(crate) fn ran_without_session() -> Self {
        let message = "the journey was run without a session, so there is no user".into();
        Self::new(ErrorKind::Misuse, "session.not_asked_for", message, None)
    }

    pub(crate) fn sign_out_deadline() -> Self {
        let message = "the server has not answered within the sign-out deadline".into();
        Self::new(ErrorKind::Network, "sign_out.deadline", message, None)
    }

    pub(crate) fn provider_gone() -> Self {
        let message = "the token provider has broken off the sign-out".into();
        Self::new(ErrorKind::Token, "sign_out.provider_gone", message, None)
    }

    pub(crate) fn state(message: &str) -> Self {
        Self::new(ErrorKind::Misuse, "journey.state", message.into(), None)
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, "config", message.into(), None)
    }

    pub(crate) fn with_source(mut self, source: BoxError) -> Self {
        self.0.source = Some(Source::Other(source));
        self
    }

    /// Keeps the server's words out of what is shown if they quote what was sent.
    pub(crate) fn hiding(mut self, secrets: &[SecretString]) -> Self {
        if let Some(Source::Core(it)) = &mut self.0.source {
            it.hide_quotes(secrets);
            self.0.message = it.to_string();
        }
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    fn new(kind: ErrorKind, code: &'static str, message: String, source: Option<Source>) -> Self {
        Self(Box::new(Inner { kind, code, message, source, retry_after: None }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

/// `main` prints an error's `Debug`, so it reads as text: kind, message, and what lies behind.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({}): {}", self.0.kind, self.0.code, self.0.message)?;
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    /// The message is that of the wrapped error, so the chain goes on behind it.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.0.source.as_ref()? {
            Source::Core(it) => it.source(),
            Source::Transport(it) => it.source(),
            Source::Storage(it) => it.source(),
            Source::Token(it) => it.source(),
            Source::Other(it) => Some(&**it),
        }
    }
}
