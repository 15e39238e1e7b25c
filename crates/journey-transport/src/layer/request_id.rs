//! Gives each call an id that the server writes into its logs too.
//!
//! Order: outside tracing, which shows the id, and outside the retries, so that all attempts of
//! one call are found under one id.

use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue, Request};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::Exchange;

/// AM's own header for the purpose; it is echoed and logged by the server.
pub(crate) const TRANSACTION_ID: HeaderName = HeaderName::from_static("x-forgerock-transactionid");

pub(crate) fn layer<S>() -> impl Layer<S, Service = RequestId<S>> {
    layer_fn(|inner| RequestId { inner })
}

#[derive(Clone)]
pub(crate) struct RequestId<S> {
    inner: S,
}

impl<S: Exchange> Service<Request<Body>> for RequestId<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> S::Future {
        if !request.headers().contains_key(TRANSACTION_ID)
            && let Some(id) = random_id()
        {
            request.headers_mut().insert(TRANSACTION_ID, id);
        }
        self.inner.call(request)
    }
}

/// Makes 128 random bits; a call without an id is better than no call.
fn random_id() -> Option<HeaderValue> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    let digit = |half: u8| char::from_digit(u32::from(half), 16).map_or(b'0', |it| it as u8);
    let text: [u8; 32] = std::array::from_fn(|place| {
        let byte = bytes[place / 2];
        digit(if place % 2 == 0 { byte >> 4 } else { byte & 0xf })
    });
    HeaderValue::from_bytes(&text).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Response;
    use tower::{ServiceExt, service_fn};

    use super::*;

    async fn id(request: http::request::Builder) -> String {
        let echo = service_fn(|request: Request<Body>| async move {
            let id = request.headers()[TRANSACTION_ID].as_bytes().to_vec();
            Ok::<_, Error>(Response::new(Bytes::from(id)))
        });
        let request = request.body(Body::default()).unwrap();
        let response = layer().layer(echo).oneshot(request).await.unwrap();
        String::from_utf8(response.into_body().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn every_call_has_an_id_of_its_own() {
        let (one, two) = (id(Request::get("/")).await, id(Request::get("/")).await);
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
    }

    #[tokio::test]
    async fn an_id_that_the_caller_chose_stays() {
        assert_eq!(id(Request::get("/").header(TRANSACTION_ID, "mine/0")).await, "mine/0");
    }
}
