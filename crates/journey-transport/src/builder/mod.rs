//! The settings of a client.

#[cfg(feature = "rustls")]
mod network;
mod service;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body::Body as HttpBody;
use tower::{Layer, Service, ServiceExt};

use crate::body::Body;
pub use crate::builder::service::HttpService;
use crate::client::HttpClient;
use crate::clock::{Clock, SeenSkew};
use crate::error::{BoxError, Error};
use crate::language;
use crate::layer::https_only::PlainHttp;
#[cfg(feature = "proxy")]
use crate::proxy;
use crate::stack::{self, Settings};
#[cfg(feature = "rustls")]
use crate::tls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const DEADLINE: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 3;
const MAX_BODY: usize = 1024 * 1024;
const USER_AGENT: &str = concat!("journey-sdk-rust/", env!("CARGO_PKG_VERSION"));

/// Sets up an [`HttpClient`].
///
/// Without any setting: TLS 1.2 or newer against the platform's authorities, 10 s to connect, 30 s
/// for one attempt, 60 s for a whole call, 1 MiB for an answer.
///
/// ```
/// use std::time::Duration;
/// use journey_transport::{Error, HttpClient};
///
/// let service = tower::service_fn(|_| async {
///     Ok::<_, Error>(http::Response::new(String::new()))
/// });
/// let client = HttpClient::builder()
///     .deadline(Duration::from_secs(20))
///     .user_agent("my-app/1.0")
///     .build_with(service)?;
/// assert!(client.clock_skew().is_none());
/// # Ok::<(), Error>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct HttpClientBuilder {
    connect_timeout: Duration,
    attempt_timeout: Duration,
    deadline: Duration,
    attempts: u32,
    max_body: usize,
    plain: PlainHttp,
    user_agent: String,
    languages: Vec<String>,
    sensitive: Vec<String>,
    clock: Clock,
    plugged: Vec<Plugged>,
    #[cfg(feature = "rustls")]
    tls: tls::Settings,
    #[cfg(feature = "proxy")]
    proxy: proxy::Settings,
}

/// A layer of the integrator, waiting for the service it goes around.
pub(crate) type Plugged = Box<dyn FnOnce(HttpService) -> HttpService + Send + Sync>;

impl HttpClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            attempt_timeout: ATTEMPT_TIMEOUT,
            deadline: DEADLINE,
            attempts: ATTEMPTS,
            max_body: MAX_BODY,
            plain: PlainHttp::Nowhere,
            user_agent: String::from(USER_AGENT),
            languages: Vec::new(),
            sensitive: Vec::new(),
            clock: Arc::new(SystemTime::now),
            plugged: Vec::new(),
            #[cfg(feature = "rustls")]
            tls: tls::Settings::default(),
            #[cfg(feature = "proxy")]
            proxy: proxy::Settings::default(),
        }
    }

    /// Limits the time for a new connection: name, TCP and TLS together. 10 s if not set.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits the time for one attempt, up to the last byte of the answer. 30 s if not set.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    /// Limits the time for a whole call with all its attempts and pauses. 60 s if not set.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = limit;
        self
    }

    /// Limits how often one request is tried in all; 1 turns trying again off. 3 if not set.
    ///
    /// Only a request marked [`Idempotent`](crate::Idempotent), or one that has surely not left, is
    /// tried again, after a pause that the server asked for or a short random one.
    pub fn attempts(mut self, most: u32) -> Self {
        self.attempts = most;
        self
    }

    /// Limits the size of an answer's body, in bytes. 1 MiB if not set.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Allows plain HTTP to this machine: `localhost`, names under it, and loopback addresses.
    ///
    /// For a server under development; plain HTTP to any other host is always refused.
    pub fn allow_http_to_loopback(mut self) -> Self {
        self.plain = PlainHttp::ToLoopback;
        self
    }

    /// Sets the `User-Agent` header. The name and version of this SDK if not set.
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// Sets the languages that the user reads, the favorite first, for AM's prompts and messages.
    ///
    /// Language tags such as `de-CH`, or locales such as `de_CH.UTF-8`. A request's own
    /// `Accept-Language` wins. No language is asked for if not set.
    pub fn languages(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.languages = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Names one more header that carries a secret, such as the server's session header.
    pub fn sensitive_header(mut self, name: impl Into<String>) -> Self {
        self.sensitive.push(name.into());
        self
    }

    /// Sets the clock that cookies, `Retry-After` and the server's `Date` are compared with.
    pub fn clock(mut self, clock: Arc<dyn Fn() -> SystemTime + Send + Sync>) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a layer of your own around the wire; the last one added is the outermost.
    ///
    /// It sees each attempt as it goes out, with cookies and all headers, and the whole answer.
    /// Whatever a layer prints of them is its own responsibility. Waiting for one that is not ready
    /// counts as part of the attempt.
    ///
    /// ```
    /// use http::{HeaderValue, Request};
    /// use journey_transport::{Body, Error, HttpClient};
    /// use tower::util::MapRequestLayer;
    ///
    /// let tagged = MapRequestLayer::new(|mut request: Request<Body>| {
    ///     request.headers_mut().insert("x-tenant", HeaderValue::from_static("blue"));
    ///     request
    /// });
    /// let service = tower::service_fn(|request: Request<Body>| async move {
    ///     assert_eq!(request.headers()["x-tenant"], "blue");
    ///     Ok::<_, Error>(http::Response::new(String::new()))
    /// });
    /// let client = HttpClient::builder().layer(tagged).build_with(service)?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # let request = Request::get("https://am.example.com/am").body("").unwrap();
    /// # runtime.block_on(client.send(request))?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService> + Send + Sync + 'static,
        L::Service: Service<Request<Body>, Response = Response<Bytes>, Error: Into<BoxError>>,
        L::Service: Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
    {
        self.plugged.push(Box::new(move |inner| {
            HttpService::new(layer.layer(inner).map_err(|error| Error::from(error.into())))
        }));
        self
    }

    /// Builds a client over any service that answers HTTP requests, such as a server in process.
    ///
    /// All limits and rules hold as they do over the network, HTTPS included.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting cannot work.
    pub fn build_with<S, B>(self, service: S) -> Result<HttpClient, Error>
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let times = [self.connect_timeout, self.attempt_timeout, self.deadline];
        if times.iter().any(Duration::is_zero) || self.attempts == 0 {
            return Err(Error::config("a limit of time or of attempts is zero"));
        }
        let skew = SeenSkew::default();
        let settings = Settings {
            attempts: self.attempts,
            attempt_timeout: self.attempt_timeout,
            clock: self.clock,
            deadline: self.deadline,
            headers: headers(&self.user_agent, &self.languages)?,
            max_body: self.max_body,
            plain: self.plain,
            sensitive: self.sensitive.iter().map(|it| header_name(it)).collect::<Result<_, _>>()?,
            skew: skew.clone(),
        };
        Ok(HttpClient::new(stack::over(service, self.plugged, settings), skew))
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("deadline", &self.deadline)
            .field("attempts", &self.attempts)
            .field("max_body", &self.max_body)
            .field("plain", &self.plain)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

fn headers(user_agent: &str, languages: &[String]) -> Result<HeaderMap, Error> {
    let user_agent = HeaderValue::from_str(user_agent)
        .map_err(|error| Error::config("the user agent is no header value").because(error))?;
    let mut headers = HeaderMap::from_iter([
        (header::USER_AGENT, user_agent),
        // AM's filter against forged requests takes either of them for a sign of good will.
        (HeaderName::from_static("x-requested-with"), HeaderValue::from_static("journey-sdk")),
        (HeaderName::from_static("x-requested-platform"), HeaderValue::from_static("rust")),
        // Without a word about it, any encoding would be welcome (RFC 9110, section 12.5.3).
        (header::ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ]);
    if let Some(accept) = language::accept(languages)? {
        headers.insert(header::ACCEPT_LANGUAGE, accept);
    }
    Ok(headers)
}

fn header_name(text: &str) -> Result<HeaderName, Error> {
    text.parse::<HeaderName>().map_err(|error| {
        Error::config("the name of a sensitive header is not valid").because(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sets_nothing_has_limits_of_time_and_size_and_no_plain_http() {
        let builder = HttpClientBuilder::new();
        let times = [builder.connect_timeout, builder.attempt_timeout, builder.deadline];
        assert_eq!(times.map(|it| it.as_secs()), [10, 30, 60]);
        assert_eq!((builder.max_body, builder.attempts), (1024 * 1024, 3));
        assert!(matches!(builder.plain, PlainHttp::Nowhere));
    }
}
