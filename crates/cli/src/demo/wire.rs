//! A layer that keeps what went over the wire, secrets masked.

use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header, request};
use http_body_util::BodyExt;
use journey_sdk::transport::Body;
use tower::{Layer, Service};

use crate::demo::mask;

/// A request and its answer, fit to be shown.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) credentials: Vec<String>,
    pub(super) sent: String,
    /// None when no answer came.
    pub(super) status: Option<u16>,
    pub(super) answer: String,
}

/// Keeps exchanges until somebody takes them.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire(Arc<Mutex<Vec<Exchange>>>);

impl Wire {
    /// Takes the exchanges since the last time.
    pub(super) fn take(&self) -> Vec<Exchange> {
        mem::take(&mut *self.exchanges())
    }

    fn exchanges(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Layer<S> for Wire {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched { inner, wire: self.clone() }
    }
}

/// A service that is looked at.
#[derive(Debug, Clone)]
pub(super) struct Watched<S> {
    inner: S,
    wire: Wire,
}

impl<S> Service<Request<Body>> for Watched<S>
where
    S: Service<Request<Body>, Response = Response<Bytes>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let mut exchange = described(&parts);
        let is_form = is_form(&parts.headers);
        let sent = body.clone();
        let answer = self.inner.call(Request::from_parts(parts, body));
        let wire = self.wire.clone();
        Box::pin(async move {
            let sent = sent.collect().await.map(|it| it.to_bytes()).unwrap_or_default();
            exchange.sent = if is_form { mask::form(&sent) } else { mask::json(&sent) };
            let answer = answer.await;
            if let Ok(answer) = &answer {
                exchange.status = Some(answer.status().as_u16());
                exchange.answer = match answer.headers().get(header::LOCATION) {
                    Some(location) => mask::location(location.to_str().unwrap_or_default()),
                    None => mask::json(answer.body()),
                };
            }
            wire.exchanges().push(exchange);
            answer
        })
    }
}

fn described(parts: &request::Parts) -> Exchange {
    Exchange {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: mask::form(parts.uri.query().unwrap_or_default().as_bytes()),
        credentials: credentials(&parts.headers),
        sent: String::new(),
        status: None,
        answer: String::new(),
    }
}

/// Says what a request shows, without its value: cookies by name, a header that is marked as sensitive.
fn credentials(headers: &HeaderMap) -> Vec<String> {
    let mut shown = Vec::new();
    for (name, value) in headers {
        if name == header::COOKIE {
            let text = String::from_utf8_lossy(value.as_bytes());
            let names = text.split("; ").filter_map(|it| it.split('=').next());
            shown.extend(names.map(|it| format!("cookie {it}")));
        } else if value.is_sensitive() {
            shown.push(format!("header {name}"));
        }
    }
    shown
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|it| it.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}
