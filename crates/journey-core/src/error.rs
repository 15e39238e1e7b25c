//! What can go wrong without any I/O.

use std::{error::Error as StdError, fmt};

use secrecy::SecretString;

use crate::node::ServerError;

/// Any error, boxed.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Says what kind of trouble an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The answer was not what AM sends: no JSON, or JSON of another shape.
    Unreadable,
    /// AM, or something before it, failed: a status from 500, 429, or a redirect.
    Server,
    /// The caller asked for what can't be: a bad URL or realm, a callback of another step.
    Misuse,
    /// What should bring a journey back does not: a link of another place, or one without what is needed.
    NotResumable,
    /// A saved state is no state, or is damaged.
    StateCorrupt,
    /// A saved state is of another version.
    StateVersion,
}

/// Says what could not be read or written.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    server: Option<ServerError>,
    source: Option<BoxError>,
}

impl Error {
    /// Returns what kind of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns a stable code for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self.0.kind {
            ErrorKind::Unreadable => "core.unreadable",
            ErrorKind::Server => "core.server",
            ErrorKind::Misuse => "core.misuse",
            ErrorKind::NotResumable => "core.not_resumable",
            ErrorKind::StateCorrupt => "core.state_corrupt",
            ErrorKind::StateVersion => "core.state_version",
        }
    }

    /// Returns the HTTP status of the answer, when there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns AM's own error, when the answer held one.
    pub fn server(&self) -> Option<&ServerError> {
        self.0.server.as_ref()
    }

    /// Keeps the server's words out of `Display` and `Debug` if they quote one of these secrets, which
    /// went with the request; see [`ErrorNode::hide_quotes`](crate::ErrorNode::hide_quotes).
    pub fn hide_quotes(&mut self, secrets: &[SecretString]) {
        if let Some(server) = &mut self.0.server {
            server.hide_quotes(secrets);
        }
    }

    pub(crate) fn realm(text: &str) -> Self {
        Self::misuse(format!("{text:?} is no realm"))
    }

    pub(crate) fn server_url(url: &str) -> Self {
        // What stands before an @ may be a password.
        let shown = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
        let shown = shown.split(['?', '#']).next().unwrap_or_default();
        Self::misuse(format!(
            "{shown:?} is no server URL: one like https://am.example.com/am is needed"
        ))
    }

    pub(crate) fn misuse(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Misuse, message)
    }

    pub(crate) fn resume(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotResumable, message)
    }

    pub(crate) fn state_corrupt() -> Self {
        Self::new(ErrorKind::StateCorrupt, "the saved state can't be read")
    }

    pub(crate) fn state_version() -> Self {
        Self::new(ErrorKind::StateVersion, "the saved state is of another version")
    }

    pub(crate) fn unreadable(status: http::StatusCode, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unreadable, message).with_status(status)
    }

    pub(crate) fn server_failed(status: http::StatusCode, server: Option<ServerError>) -> Self {
        let message = format!("the server answered {}", status.as_u16());
        let mut error = Self::new(ErrorKind::Server, message).with_status(status);
        error.0.server = server;
        error
    }

    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    fn with_status(mut self, status: http::StatusCode) -> Self {
        self.0.status = Some(status.as_u16());
        self
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner { kind, message, status: None, server: None, source: None }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        self.0.server.as_ref().map_or(Ok(()), |it| write!(f, ": {it}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.to_string())
            .field("status", &self.0.status)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|it| it as &(dyn StdError + 'static))
    }
}
