//! How connections come about, how long they are kept, and what is never taken from them.
#![cfg(feature = "rustls")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use journey_testkit::fault_server::{Authority, FaultServer, Reply, Tls, Validity};
use journey_transport::{Error, ErrorKind, HttpClient, HttpClientBuilder};
use tokio::time;

fn plain() -> HttpClient {
    HttpClient::builder().allow_http_to_loopback().build().unwrap()
}

async fn get(client: &HttpClient, url: String) -> Result<Response<Bytes>, Error> {
    client.send(Request::get(url).body("").unwrap()).await
}

/// A server that offers HTTP/2, and the settings of a client that trusts it.
async fn http_2(
    replies: impl IntoIterator<Item = Reply>,
) -> (FaultServer, impl Fn() -> HttpClientBuilder) {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let tls = Tls::new(&identity).unwrap().with_http2();
    let server = FaultServer::tls(tls, replies).await.unwrap();
    (server, move || HttpClient::builder().only_ca(authority.pem()))
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_fifteen_seconds() {
    let server = FaultServer::plain([Reply::ok("{}")]).await.unwrap();
    let client = plain();
    for (pause, connections) in [(0, 1), (14, 1), (16, 2)] {
        time::pause();
        time::advance(Duration::from_secs(pause)).await;
        time::resume();
        get(&client, server.url("/am")).await.unwrap();
        assert_eq!(server.connections(), connections, "after {pause} s");
    }
}

#[tokio::test]
async fn what_comes_after_an_answer_is_not_taken_for_the_next_one() {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let planted = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
    let two = Reply::Stall(format!("{ok}{planted}").into());
    let server = FaultServer::plain([two, Reply::ok("{}")]).await.unwrap();
    let client = plain();
    for connections in [1, 2] {
        assert_eq!(get(&client, server.url("/am")).await.unwrap().body(), "{}");
        assert_eq!(server.connections(), connections);
    }
}

/// `localhost` is `::1` first. There the queue of connections is full, so that nobody answers, as
/// behind a router that drops IPv6.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_does_not_answer_does_not_hold_up_the_other() {
    let server = FaultServer::plain([Reply::ok("{}")]).await.unwrap();
    let deaf = std::net::SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, server.address().port()));
    let socket = tokio::net::TcpSocket::new_v6().unwrap();
    // A machine without IPv6 has nothing to fall back from.
    let Ok(()) = socket.bind(deaf) else { return };
    let _full = socket.listen(1).unwrap();
    let _first = tokio::net::TcpStream::connect(deaf).await.unwrap();
    let _second = tokio::net::TcpStream::connect(deaf).await.unwrap();
    assert_eq!(get(&plain(), server.url("/am")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_a_shared_connection_to_the_others() {
    let (server, builder) = http_2([Reply::silence(), Reply::ok("{}")]).await;
    let client = builder().build().unwrap();
    let call = tokio::spawn({
        let (client, url) = (client.clone(), server.url("/am"));
        async move { get(&client, url).await }
    });
    server.requested(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(get(&client, server.url("/am")).await.unwrap().body(), "{}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_journey_of_large_headers_still_passes_in_http_2() {
    let mut large = Response::new(Bytes::new());
    for number in 0..4 {
        let cookie = format!("s{number}={}; Path=/", "x".repeat(8_000));
        large.headers_mut().append("set-cookie", cookie.parse().unwrap());
    }
    let (server, builder) = http_2([Reply::Answer(large)]).await;
    let response = get(&builder().build().unwrap(), server.url("/am")).await.unwrap();
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 4);
}

#[tokio::test]
async fn headers_without_end_are_refused_in_http_2() {
    // h2 does not tell them from other broken rules.
    let mut endless = Response::new(Bytes::new());
    for number in 0..200 {
        let value = "x".repeat(8_000);
        endless.headers_mut().append("set-cookie", format!("s{number}={value}").parse().unwrap());
    }
    let (server, builder) = http_2([Reply::Answer(endless)]).await;
    let error = get(&builder().build().unwrap(), server.url("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
}

#[tokio::test]
async fn too_large_an_answer_is_refused_in_http_2() {
    let (server, builder) = http_2([Reply::ok("x".repeat(2000))]).await;
    let client = builder().max_body(1000).build().unwrap();
    let error = get(&client, server.url("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
}
