//! A server on this machine: the client beside hyper-util's, which sends the same bytes.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use journey_testkit::fault_server::{FaultServer, Reply};
use journey_transport::{Body, Error, HttpClient, HttpClientBuilder};
use tokio::runtime::{Builder, Runtime};
use tower::service_fn;

use crate::cost::{Way, medians};

pub(crate) fn run(counted: Option<(&str, u32)>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    // On the same thread: nobody has to be woken up, and what the server takes is the same each time.
    let server = runtime.block_on(FaultServer::plain([Reply::ok("{}")])).unwrap();
    let url = format!("http://127.0.0.1:{}/am", server.address().port());
    let bare: Client<HttpConnector, Body> =
        Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let builder = || HttpClient::builder().allow_http_to_loopback();
    let same_pool = builder().build_with(bare.clone()).unwrap();
    let shipped = builder().build().unwrap();
    let nowhere = service_fn(|_: Request<Body>| async {
        Ok::<_, Error>(Response::new(Full::new(Bytes::from_static(b"{}"))))
    });
    let nowhere = builder().build_with(nowhere).unwrap();
    let request = || Request::get(&url).body(Body::default()).unwrap();
    let headers = headers(&runtime, builder(), request());
    let complete = || {
        let mut request = request();
        request.headers_mut().clone_from(&headers);
        request
    };
    let ask = || async {
        bare.request(complete()).await.unwrap().into_body().collect().await.unwrap();
    };
    let ways: [Way<'_>; 4] = [
        &|| Box::pin(ask()),
        &|| {
            Box::pin(async {
                ask().await;
                nowhere.send(request()).await.unwrap();
            })
        },
        &|| {
            Box::pin(async {
                same_pool.send(request()).await.unwrap();
            })
        },
        &|| {
            Box::pin(async {
                shipped.send(request()).await.unwrap();
            })
        },
    ];
    if let Some((name, rounds)) = counted {
        let way = match name {
            "bare" => ways[0],
            _ => ways[2],
        };
        return runtime.block_on(async {
            for _ in 0..rounds {
                way().await;
            }
        });
    }
    let [alone, beside, same, own] = medians(&runtime, ways);
    println!("over hyper: bare {alone}");
    for (name, cost) in [
        ("client on the same pool", same),
        ("client as shipped", own),
        ("bare, and the client over a service in the process", beside),
    ] {
        println!("over hyper: {name} {cost}; more {}", cost.beyond(alone));
    }
}

/// What a request is sent with, so that it can go over the wire without the client too.
fn headers(runtime: &Runtime, builder: HttpClientBuilder, request: Request<Body>) -> HeaderMap {
    let echo = service_fn(|request: Request<Body>| async move {
        let mut response = Response::new(Full::new(Bytes::new()));
        response.headers_mut().clone_from(request.headers());
        Ok::<_, Error>(response)
    });
    let client = builder.build_with(echo).unwrap();
    runtime.block_on(client.send(request)).unwrap().headers().clone()
}
