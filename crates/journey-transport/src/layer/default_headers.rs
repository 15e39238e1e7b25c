//! Adds the headers that every request of this client carries.
//!
//! Order: above all that adds headers, so that nothing but what the caller has set can win; outside
//! the retries, since they are the same for all attempts.

use std::mem;

use http::{HeaderMap, Request};

use crate::body::Body;
use crate::error::Error;
use crate::layer::Intercept;

/// Room for what the caller, the other layers and the wire add, so that no copy has to grow its index.
const MORE: usize = 7;

pub(crate) struct DefaultHeaders {
    headers: HeaderMap,
}

impl DefaultHeaders {
    pub(crate) fn new(headers: HeaderMap) -> Self {
        let mut roomy = HeaderMap::with_capacity(headers.len() + MORE);
        roomy.extend(headers);
        Self { headers: roomy }
    }
}

impl Intercept for DefaultHeaders {
    type Seen = ();

    fn before(&self, request: &mut Request<Body>) -> Result<(), Error> {
        // A copy looks up nothing; what the caller has set replaces a default.
        let own = mem::replace(request.headers_mut(), self.headers.clone());
        if !own.is_empty() {
            request.headers_mut().extend(own);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Response, header};
    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::layer::intercept;

    async fn sent(request: http::request::Builder) -> HeaderMap {
        let echo = service_fn(|request: Request<Body>| async move {
            let mut response = Response::new(Bytes::new());
            *response.headers_mut() = request.headers().clone();
            Ok::<_, Error>(response)
        });
        let defaults = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, "de".parse().unwrap())]);
        let request = request.body(Body::default()).unwrap();
        let layer = intercept::layer(DefaultHeaders::new(defaults));
        layer.layer(echo).oneshot(request).await.unwrap().headers().clone()
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
