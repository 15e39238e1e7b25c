//! Marks headers that carry a secret, so that whoever prints them prints `Sensitive`.
//!
//! Order: outermost. Requests must be marked before anything can log them, answers must be marked
//! before they leave for the caller; layers below see an answer's headers unmarked, and log none.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, header};

use crate::body::Body;
use crate::error::Error;
use crate::layer::Intercept;

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

pub(crate) struct Redact {
    names: Vec<HeaderName>,
}

impl Redact {
    pub(crate) fn new(more: &[HeaderName]) -> Self {
        Self { names: ALWAYS.iter().chain(more).cloned().collect() }
    }
}

impl Intercept for Redact {
    type Seen = ();

    fn before(&self, request: &mut Request<Body>) -> Result<(), Error> {
        mark(request.headers_mut(), &self.names);
        Ok(())
    }

    fn after(&self, (): (), response: &mut Response<Bytes>) {
        mark(response.headers_mut(), &self.names);
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
    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::layer::intercept;

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
        let redact = Redact::new(&[HeaderName::from_static("6ac6499e9da2071")]);
        let layer = intercept::layer(redact);
        let response = layer.layer(service).oneshot(request).await.unwrap();
        let seen = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(!seen.contains("hunter2") && seen.contains("*/*"), "{seen}");
        assert!(!format!("{:?}", response.headers()).contains("hunter2"));
    }
}
