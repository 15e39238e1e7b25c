//! Gives each call an id that the server writes into its logs too.
//!
//! Order: outside tracing, which shows the id, and outside the retries, so that all attempts of
//! one call are found under one id.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use http::header::Entry;
use http::{HeaderName, HeaderValue, Request};

use crate::body::Body;
use crate::error::Error;
use crate::layer::Intercept;

/// AM's own header for the purpose; it is echoed and logged by the server.
pub(crate) const TRANSACTION_ID: HeaderName = HeaderName::from_static("x-forgerock-transactionid");

pub(crate) struct RequestId {
    ids: Option<Ids>,
}

impl RequestId {
    pub(crate) fn new() -> Self {
        Self { ids: Ids::new() }
    }
}

impl Intercept for RequestId {
    type Seen = ();

    fn before(&self, request: &mut Request<Body>) -> Result<(), Error> {
        if let Entry::Vacant(place) = request.headers_mut().entry(TRANSACTION_ID)
            && let Some(id) = self.ids.as_ref().and_then(Ids::next)
        {
            place.insert(id);
        }
        Ok(())
    }
}

/// A number that no other client has, and the count of this one's calls behind it, as AM makes its
/// own: so the calls of one client are found together, and none waits for random numbers.
struct Ids {
    client: [u8; CLIENT],
    calls: AtomicU64,
}

/// Sixteen digits and a hyphen.
const CLIENT: usize = 17;

impl Ids {
    /// None where there are no random numbers: a call without an id is better than no call.
    fn new() -> Option<Self> {
        let client = format!("{:016x}-", getrandom::u64().ok()?);
        Some(Self { client: client.as_bytes().try_into().ok()?, calls: AtomicU64::new(1) })
    }

    fn next(&self) -> Option<HeaderValue> {
        let mut text = [0; CLIENT + 20];
        text[..CLIENT].copy_from_slice(&self.client);
        let mut digits = &mut text[CLIENT..];
        write!(digits, "{}", self.calls.fetch_add(1, Ordering::Relaxed)).ok()?;
        let rest = digits.len();
        HeaderValue::from_bytes(&text[..text.len() - rest]).ok()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Response;
    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::layer::intercept;

    /// Returns what each call was sent with.
    async fn ids<const N: usize>(requests: [http::request::Builder; N]) -> [String; N] {
        let echo = service_fn(|request: Request<Body>| async move {
            let id = request.headers()[TRANSACTION_ID].as_bytes().to_vec();
            Ok::<_, Error>(Response::new(Bytes::from(id)))
        });
        let client = intercept::layer(RequestId::new()).layer(echo);
        let mut ids = [const { String::new() }; N];
        for (id, request) in ids.iter_mut().zip(requests) {
            let request = request.body(Body::default()).unwrap();
            let response = client.clone().oneshot(request).await.unwrap();
            *id = String::from_utf8(response.into_body().to_vec()).unwrap();
        }
        ids
    }

    #[tokio::test]
    async fn every_call_has_an_id_of_its_own() {
        let [one, two] = ids([Request::get("/"), Request::get("/")]).await;
        assert_ne!(one, two);
    }

    #[tokio::test]
    async fn the_ids_of_a_client_begin_alike_and_those_of_another_do_not() {
        let [one, two] = ids([Request::get("/"), Request::get("/")]).await;
        let [other] = ids([Request::get("/")]).await;
        let client = |id: &str| id.split_once('-').unwrap().0.to_owned();
        assert_eq!(client(&one), client(&two));
        assert_ne!(client(&one), client(&other));
        assert_eq!(client(&one).len(), 16);
    }

    #[tokio::test]
    async fn an_id_that_the_caller_chose_stays() {
        let [id] = ids([Request::get("/").header(TRANSACTION_ID, "mine/0")]).await;
        assert_eq!(id, "mine/0");
    }
}
