//! A service in the process at the bottom: only the layers are measured.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use journey_transport::{Body, Error, HttpClient};
use tokio::runtime::Builder;
use tower::{ServiceExt, service_fn};

use crate::cost::medians;

pub(crate) fn run() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let service = service_fn(|_: Request<Body>| async {
        Ok::<_, Error>(Response::new(Full::new(Bytes::from_static(b"{}"))))
    });
    let client = HttpClient::builder().build_with(service).unwrap();
    let request = || Request::get("https://am.example.com/am").body(Body::default()).unwrap();
    let [bare, full] = medians(
        &runtime,
        [
            &|| {
                Box::pin(async {
                    let response = service.oneshot(request()).await.unwrap();
                    response.into_body().collect().await.unwrap();
                })
            },
            &|| {
                Box::pin(async {
                    client.send(request()).await.unwrap();
                })
            },
        ],
    );
    println!("in the process: bare {bare}; client {full}; more {}", full.beyond(bare));
}
