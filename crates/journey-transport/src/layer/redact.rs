//! Marks headers that carry a secret, so that whoever prints them prints `Sensitive`.
//!
//! Order: outermost. Requests must be marked before anything can log them, answers must be marked
//! before they leave for the caller; layers below see an answer's headers unmarked, and log none.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderName, Request, header};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange, Finish, Outcome};

/// What every client hides. `Location` is one of them: a code travels in its query.
const ALWAYS: [HeaderName; 9] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
    header::LOCATION,
    HeaderName::from_static("iplanetdirectorypro"),
    HeaderName::from_static("x-openam-password"),
    HeaderName::from_static("x-openam-username"),
    HeaderName::from_static("dpop"),
];

pub(crate) fn layer<S>(more: &[HeaderName]) -> impl Layer<S, Service = Redact<S>> + use<S> {
    let names: Arc<[HeaderName]> = ALWAYS.iter().chain(more).cloned().collect();
    layer_fn(move |inner| Redact { inner, names: Arc::clone(&names) })
}

#[derive(Clone)]
pub(crate) struct Redact<S> {
    inner: S,
    names: Arc<[HeaderName]>,
}

impl<S: Exchange> Service<Request<Body>> for Redact<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<S::Future, Mark>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        mark(request.headers_mut(), &self.names);
        let finish = Mark { names: Arc::clone(&self.names) };
        Answer::of(self.inner.call(request), finish)
    }
}

pub(crate) struct Mark {
    names: Arc<[HeaderName]>,
}

impl Finish for Mark {
    fn finish(self, outcome: Outcome) -> Outcome {
        let mut response = outcome?;
        mark(response.headers_mut(), &self.names);
        Ok(response)
    }
}

fn mark(headers: &mut HeaderMap, names: &[HeaderName]) {
    // Over the few headers there are: to look for each name costs more, and an entry makes room.
    for (name, value) in headers {
        if names.contains(name) {
            value.set_sensitive(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Response;
    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn secret_headers_are_marked_both_ways() {
        let service = service_fn(|request: Request<Body>| async move {
            let seen = format!("{:?}", request.headers());
            let answer = Response::builder()
                .header("set-cookie", "a=hunter2")
                .header("set-cookie", "b=hunter2")
                .header("location", "app:/?code=hunter2");
            Ok::<_, Error>(answer.body(Bytes::from(seen)).unwrap())
        });
        let request = Request::get("/")
            .header("authorization", "Bearer hunter2")
            .header("6ac6499e9da2071", "hunter2")
            .header("accept", "*/*")
            .body(Body::default())
            .unwrap();
        let layer = layer(&[HeaderName::from_static("6ac6499e9da2071")]);
        let response = layer.layer(service).oneshot(request).await.unwrap();
        let seen = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(!seen.contains("hunter2") && seen.contains("*/*"), "{seen}");
        assert!(!format!("{:?}", response.headers()).contains("hunter2"));
    }
}
