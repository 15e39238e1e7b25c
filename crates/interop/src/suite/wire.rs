//! What one client says and hears: written down, and disturbed where a scenario wants it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::BodyExt as _;
use journey_sdk::{
    BoxError,
    transport::{Body, HttpService},
};
use serde_json::Value;
use tower::{Layer, Service, ServiceExt as _, util::BoxCloneSyncService};

/// One request with the status of its answer, none when the answer was lost.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// The path below the server, such as `/json/realms/root/sessions`.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) status: Option<u16>,
}

impl Seen {
    /// Returns the version of the interface that was asked for.
    pub(crate) fn api_version(&self) -> Option<&str> {
        self.headers.get("accept-api-version")?.to_str().ok()
    }

    /// Tells whether a cookie of this name was sent.
    pub(crate) fn has_cookie(&self, name: &str) -> bool {
        let cookies = self.headers.get_all(header::COOKIE).into_iter();
        let mut cookies = cookies.filter_map(|it| it.to_str().ok()).flat_map(|it| it.split("; "));
        cookies.any(|it| it.split('=').next() == Some(name))
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?} {:?}", self.method, self.path, self.api_version(), self.status)
    }
}

/// How a request is disturbed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tamper {
    /// The server acts, and its answer never comes.
    LoseAnswer,
    /// The server never hears of it; something before it says 503.
    Unavailable,
    /// The request asks for another version of the interface.
    Version(&'static str),
    /// The request is for a realm that there is not.
    UnknownRealm,
    /// The request names where it comes from, as a browser's would.
    Origin(&'static str),
    /// The request's body has another text in place of one.
    Replace(&'static str, &'static str),
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<Seen>,
    rules: Vec<(String, Tamper)>,
    secrets: Secrets,
}

/// What the client has been given by the server so far.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    pub(crate) sessions: Vec<String>,
    pub(crate) access_tokens: Vec<String>,
    pub(crate) refresh_tokens: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// Takes what an answer's body brings.
    pub(crate) fn take(&mut self, body: &[u8]) {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return };
        let lists = [
            ("tokenId", &mut self.sessions),
            ("access_token", &mut self.access_tokens),
            ("refresh_token", &mut self.refresh_tokens),
        ];
        for (key, list) in lists {
            if let Some(value) = body.get(key).and_then(Value::as_str) {
                list.push(value.to_owned());
            }
        }
    }
}

/// A layer of an HTTP client that remembers and disturbs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

impl Wire {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Disturbs requests whose path contains a text, from now on.
    pub(crate) fn on(&self, path: &str, tamper: Tamper) {
        self.state().rules.push((path.to_owned(), tamper));
    }

    /// Disturbs nothing any more.
    pub(crate) fn calm(&self) {
        self.state().rules.clear();
    }

    /// Returns the requests so far and forgets them.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.state().seen)
    }

    /// Returns the requests so far whose path contains a text.
    pub(crate) fn seen_at(&self, path: &str) -> Vec<Seen> {
        self.state().seen.iter().filter(|it| it.path.contains(path)).cloned().collect()
    }

    pub(crate) fn secrets(&self) -> Secrets {
        self.state().secrets.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tamper(&self, path: &str) -> Option<Tamper> {
        let state = self.state();
        let rule = state.rules.iter().find(|(part, _)| path.contains(part.as_str()));
        rule.map(|(_, tamper)| *tamper)
    }

    async fn pass(
        self,
        mut inner: HttpService,
        mut request: Request<Body>,
    ) -> Result<Response<Bytes>, BoxError> {
        let path = request.uri().path();
        let path = path.strip_prefix("/openam").unwrap_or(path).to_owned();
        let tamper = self.tamper(&path);
        match tamper {
            Some(Tamper::Version(version)) => {
                let version = HeaderValue::from_static(version);
                request.headers_mut().insert("accept-api-version", version);
            }
            Some(Tamper::Origin(origin)) => {
                request.headers_mut().insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            Some(Tamper::UnknownRealm) => {
                let url = request.uri().to_string();
                *request.uri_mut() =
                    url.replace("/realms/root/", "/realms/root/realms/nope/").parse()?;
            }
            _ => {}
        }
        let body = request.body().clone().collect().await.map(|it| it.to_bytes());
        let mut body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
        if let Some(Tamper::Replace(text, other)) = tamper {
            assert!(body.contains(text), "a body without {text} can't be changed");
            body = body.replace(text, other);
            *request.body_mut() = body.clone().into();
        }
        let mut seen = Seen {
            method: request.method().clone(),
            path,
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            body,
            status: None,
        };
        if let Some(Tamper::Unavailable) = tamper {
            self.state().seen.push(seen);
            return Ok(Response::builder()
                .status(503)
                .body(Bytes::from_static(b"<html>busy</html>"))?);
        }
        let answer = inner.ready().await?.call(request).await;
        if let Some(Tamper::LoseAnswer) = tamper {
            self.state().seen.push(seen);
            return Err("the answer was lost".into());
        }
        seen.status = answer.as_ref().ok().map(|it| it.status().as_u16());
        let mut state = self.state();
        state.seen.push(seen);
        if let Ok(answer) = &answer {
            state.secrets.take(answer.body());
        }
        Ok(answer?)
    }
}

impl Layer<HttpService> for Wire {
    type Service = BoxCloneSyncService<Request<Body>, Response<Bytes>, BoxError>;

    fn layer(&self, inner: HttpService) -> Self::Service {
        let wire = self.clone();
        BoxCloneSyncService::new(Watched { inner, wire })
    }
}

#[derive(Debug, Clone)]
struct Watched {
    inner: HttpService,
    wire: Wire,
}

impl Service<Request<Body>> for Watched {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<Bytes>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // `pass` waits for the inner service itself.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.wire.clone().pass(self.inner.clone(), request))
    }
}
