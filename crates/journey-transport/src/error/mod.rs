//! What can go wrong between a request and its answer.

mod classify;
mod kind;
#[cfg(feature = "rustls")]
mod wire;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{Uri, uri::Scheme};

pub(crate) use crate::error::classify::from_wire;
pub use crate::error::kind::{ErrorKind, TimeoutKind, TlsReason};

use crate::target;

/// Any error of a service or a layer that was plugged in.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Tells why a request got no answer that can be used.
///
/// Its texts name the server, never a path, a query, a header or a body.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use journey_transport::{Error, ErrorKind, HttpClient};
///
/// let service = tower::service_fn(|_| async {
///     Ok::<_, Error>(http::Response::new(String::new()))
/// });
/// let client = HttpClient::builder().build_with(service).unwrap();
/// let request = http::Request::get("http://am.example.com/am?code=4711").body("").unwrap();
/// let error = client.send(request).await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InsecureUrl);
/// assert_eq!(error.code(), "transport.insecure_url");
/// assert!(!error.to_string().contains("4711"));
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    timeout: Option<TimeoutKind>,
    tls: Option<TlsReason>,
    retry_after: Option<Duration>,
    unsent: bool,
    /// It stays, although others of its kind pass.
    lasting: bool,
    attempts: u32,
    source: Option<BoxError>,
}

impl Error {
    /// Returns what went wrong, for a program to branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns a stable text for what went wrong, such as `transport.timeout`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// Says which limit of time ran out, when the kind is [`ErrorKind::Timeout`].
    #[must_use]
    pub fn timeout(&self) -> Option<TimeoutKind> {
        self.0.timeout
    }

    /// Says why TLS failed, when the kind is [`ErrorKind::Tls`].
    #[must_use]
    pub fn tls_reason(&self) -> Option<TlsReason> {
        self.0.tls
    }

    /// Tells whether the same call may succeed a little later.
    ///
    /// That says nothing about whether the server has acted on the request already; see
    /// [`was_sent`](Self::was_sent).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_passing() && !self.0.lasting
    }

    /// Tells whether any part of the request may have reached the server.
    ///
    /// False only when it is certain that nothing has left, so that even a request that must not
    /// be seen twice can be sent again.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        !self.0.unsent
    }

    /// Returns how long to wait before the next call, when the server asked for a pause.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns how many times the request was tried; 0 when it was not tried at all, and when the
    /// [deadline](TimeoutKind::Deadline) cut off whatever was under way.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

impl Error {
    pub(crate) fn no_runtime(source: tokio::runtime::TryCurrentError) -> Self {
        Self::new(ErrorKind::NoRuntime, "there is no tokio runtime here").unsent().because(source)
    }

    pub(crate) fn interrupted(source: tokio::task::JoinError) -> Self {
        Self::new(ErrorKind::Interrupted, "the runtime shut down during the work").because(source)
    }

    pub(crate) fn config(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, what).unsent()
    }

    pub(crate) fn insecure_url(uri: &Uri) -> Self {
        let mut message =
            format!("refused to send a request to {} without TLS", target::server(uri));
        // The first thing that is met with a server under development.
        if uri.scheme() == Some(&Scheme::HTTP) && uri.host().is_some_and(target::is_loopback) {
            message.push_str("; HttpClient::builder().allow_http_to_loopback() allows it");
        }
        Self::new(ErrorKind::InsecureUrl, message).unsent()
    }

    pub(crate) fn user_in_url(uri: &Uri) -> Self {
        let message = format!("refused a URL of {} with a user name in it", target::server(uri));
        Self::new(ErrorKind::InsecureUrl, message).unsent()
    }

    pub(crate) fn deadline(uri: &Uri, limit: Duration) -> Self {
        let message = format!("the call to {} took longer than {limit:?}", target::server(uri));
        Self::timed_out(TimeoutKind::Deadline, message)
    }

    pub(crate) fn attempt_timeout(uri: &Uri, limit: Duration) -> Self {
        let message = format!("{} did not answer within {limit:?}", target::server(uri));
        Self::timed_out(TimeoutKind::Attempt, message)
    }

    pub(crate) fn throttled(uri: &Uri, left: Duration) -> Self {
        let server = target::server(uri);
        let message = format!("{server} asked for a pause that has not passed yet");
        let mut error = Self::new(ErrorKind::Throttled, message).unsent();
        error.0.retry_after = Some(left);
        error
    }

    pub(crate) fn too_large(uri: &Uri, limit: usize) -> Self {
        let server = target::server(uri);
        Self::new(ErrorKind::TooLarge, format!("the answer of {server} is over {limit} bytes"))
    }

    pub(crate) fn compressed(uri: &Uri) -> Self {
        let server = target::server(uri);
        Self::new(ErrorKind::Compressed, format!("{server} compressed its answer unasked"))
    }

    pub(crate) fn service(source: BoxError) -> Self {
        Self::new(ErrorKind::Service, "a service or layer of the client failed").because(source)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            timeout: None,
            tls: None,
            retry_after: None,
            unsent: false,
            lasting: false,
            attempts: 0,
            source: None,
        }))
    }

    fn timed_out(which: TimeoutKind, message: String) -> Self {
        let mut error = Self::new(ErrorKind::Timeout, message);
        error.0.timeout = Some(which);
        error
    }

    #[cfg(feature = "rustls")]
    fn tls(reason: TlsReason, message: String) -> Self {
        let mut error = Self::new(ErrorKind::Tls, message);
        error.0.tls = Some(reason);
        error
    }

    pub(crate) fn set_attempts(&mut self, attempts: u32) {
        self.0.attempts = attempts;
    }

    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    fn unsent(mut self) -> Self {
        self.0.unsent = true;
        self
    }

    #[cfg(feature = "proxy")]
    fn lasting(mut self) -> Self {
        self.0.lasting = true;
        self
    }
}

/// Takes back an error of this crate that went through a layer of someone else.
impl From<BoxError> for Error {
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(other) => Self::service(other),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

/// Shows the kind, the text and all sources, since `main` prints errors this way.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|it| it as _)
    }
}
