//! Adds the headers that every request of this client carries.
//!
//! Order: inside the retries and above the cookies; it only adds what is missing, so a header that
//! the caller has set wins, and a second attempt changes nothing.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Request};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::Exchange;

pub(crate) fn layer<S>(headers: HeaderMap) -> impl Layer<S, Service = DefaultHeaders<S>> {
    let headers = Arc::new(headers);
    layer_fn(move |inner| DefaultHeaders { inner, headers: Arc::clone(&headers) })
}

#[derive(Clone)]
pub(crate) struct DefaultHeaders<S> {
    inner: S,
    headers: Arc<HeaderMap>,
}

impl<S: Exchange> Service<Request<Body>> for DefaultHeaders<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> S::Future {
        for (name, value) in self.headers.iter() {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Response, header};
    use tower::{ServiceExt, service_fn};

    use super::*;

    async fn sent(request: http::request::Builder) -> HeaderMap {
        let echo = service_fn(|request: Request<Body>| async move {
            let mut response = Response::new(Bytes::new());
            *response.headers_mut() = request.headers().clone();
            Ok::<_, Error>(response)
        });
        let defaults = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, "de".parse().unwrap())]);
        let request = request.body(Body::default()).unwrap();
        layer(defaults).layer(echo).oneshot(request).await.unwrap().headers().clone()
    }

    #[tokio::test]
    async fn a_missing_header_is_added() {
        assert_eq!(sent(Request::get("/")).await["accept-language"], "de");
    }

    #[tokio::test]
    async fn a_header_of_the_request_wins() {
        let request = Request::get("/").header("accept-language", "fr");
        assert_eq!(sent(request).await["accept-language"], "fr");
    }
}
