//! Adds the headers that every request of this client carries.
//!
//! Order: above all that adds headers, so that nothing but what the caller has set can win; outside
//! the retries, since they are the same for all attempts.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Request};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::Exchange;

/// Room for what the caller, the other layers and the wire add, so that no copy has to grow its index.
const MORE: usize = 7;

pub(crate) fn layer<S>(headers: HeaderMap) -> impl Layer<S, Service = DefaultHeaders<S>> {
    let mut roomy = HeaderMap::with_capacity(headers.len() + MORE);
    roomy.extend(headers);
    let headers = Arc::new(roomy);
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
        // A copy looks up nothing; what the caller has set replaces a default.
        let own = mem::replace(request.headers_mut(), HeaderMap::clone(&self.headers));
        request.headers_mut().extend(own);
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

    #[tokio::test]
    async fn all_values_of_a_header_of_the_request_stay() {
        let request =
            Request::get("/").header("accept-language", "fr").header("accept-language", "it");
        let sent = sent(request).await;
        let values: Vec<_> = sent.get_all("accept-language").iter().collect();
        assert_eq!(values, ["fr", "it"]);
    }
}
