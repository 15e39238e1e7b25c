//! What a call costs on top of the service at the bottom, counted in allocations.

#[path = "../../testkit/tests/shared/allocations.rs"]
mod allocations;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use journey_transport::{Body, Error, HttpClient};
use tower::{ServiceExt, service_fn};

const CALLS: u64 = 100;

/// The facade for metrics makes a key with its labels for each number.
const MOST: u64 = if cfg!(feature = "metrics") { 20 } else { 10 };

#[tokio::test]
async fn a_call_through_all_layers_makes_few_allocations_more() {
    let service = service_fn(|_: Request<Body>| async {
        Ok::<_, Error>(Response::new(Full::new(Bytes::from_static(b"{}"))))
    });
    let client = HttpClient::builder().build_with(service).unwrap();
    let request = || Request::get("https://am.example.com/am").body(Body::default()).unwrap();
    let bare = counted(async || {
        let response = service.oneshot(request()).await.unwrap();
        response.into_body().collect().await.unwrap();
    });
    let bare = bare.await;
    let full = counted(async || {
        client.send(request()).await.unwrap();
    });
    let full = full.await;
    assert!(full - bare <= MOST, "{full} allocations, {bare} of them without the layers");
}

/// Returns the allocations of one call, after the first ones have filled what is kept.
async fn counted(call: impl AsyncFn()) -> u64 {
    for _ in 0..CALLS {
        call().await;
    }
    let before = allocations::so_far();
    for _ in 0..CALLS {
        call().await;
    }
    (allocations::so_far() - before) / CALLS
}
