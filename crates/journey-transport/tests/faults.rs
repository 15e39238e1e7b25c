//! Each way a server can fail ends in an error of its own, over real sockets.
#![cfg(feature = "rustls")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use journey_testkit::fault_server::{FaultServer, Reply};
use journey_transport::{Error, ErrorKind, HttpClient, HttpClientBuilder, Idempotent, TimeoutKind};

const SOON: Duration = Duration::from_millis(200);

fn builder() -> HttpClientBuilder {
    HttpClient::builder().allow_http_to_loopback()
}

async fn get(client: &HttpClient, url: String) -> Result<Response<Bytes>, Error> {
    client.send(Request::get(url).body("").unwrap()).await
}

/// Asks a server that gives this reply once.
async fn ask(builder: HttpClientBuilder, reply: Reply) -> Result<Response<Bytes>, Error> {
    let server = FaultServer::plain([reply]).await.unwrap();
    get(&builder.build().unwrap(), server.url("/am?code=hunter2")).await
}

async fn failure(builder: HttpClientBuilder, reply: Reply) -> Error {
    let error = ask(builder, reply).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
    error
}

#[tokio::test]
async fn a_good_answer_arrives_whole() {
    let response = ask(builder(), Reply::ok("{}")).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"{}"[..]));
}

#[tokio::test]
async fn every_name_under_localhost_is_this_machine() {
    let server = FaultServer::plain([Reply::ok("{}")]).await.unwrap();
    for host in ["localhost", "am.localhost", "127.0.0.1"] {
        let client = builder().build().unwrap();
        let response = get(&client, server.url_of(host, "/am")).await.unwrap();
        assert_eq!(response.status(), 200, "{host}");
    }
}

#[tokio::test]
async fn a_redirect_is_returned_and_not_followed() {
    let server = FaultServer::plain([Reply::status(302, "location", "/elsewhere").unwrap()]).await;
    let server = server.unwrap();
    let response = get(&builder().build().unwrap(), server.url("/am")).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "/elsewhere");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_name_without_address_is_a_dns_error() {
    let client = HttpClient::builder().build().unwrap();
    let error = get(&client, "https://am.invalid/am?code=hunter2".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Dns, "{error:?}");
    assert!(!error.was_sent() && error.is_retryable());
    assert_eq!(error.to_string(), "could not find the address of am.invalid");
}

#[tokio::test]
async fn a_closed_port_is_a_connect_error() {
    let server = FaultServer::plain([]).await.unwrap();
    let url = server.url("/am?code=hunter2");
    drop(server);
    let client = builder().build().unwrap();
    let error = loop {
        // The port is free as soon as the runtime has dropped the listener.
        match get(&client, url.clone()).await {
            Err(error) if error.kind() == ErrorKind::Connect => break error,
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(!error.was_sent() && error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_ends_in_the_connect_timeout() {
    let server = FaultServer::deaf().await.unwrap();
    let client = builder().connect_timeout(SOON).build().unwrap();
    let error = get(&client, server.url("/am")).await.unwrap_err();
    assert_eq!(error.timeout(), Some(TimeoutKind::Connect), "{error:?}");
    assert!(!error.was_sent());
}

#[tokio::test]
async fn a_server_that_never_answers_ends_in_the_attempt_timeout() {
    let error = failure(builder().attempt_timeout(SOON), Reply::silence()).await;
    assert_eq!(error.timeout(), Some(TimeoutKind::Attempt), "{error:?}");
    assert!(error.was_sent() && error.is_retryable());
}

#[tokio::test]
async fn the_whole_call_ends_at_the_deadline() {
    let error = failure(builder().deadline(SOON), Reply::silence()).await;
    assert_eq!(error.timeout(), Some(TimeoutKind::Deadline), "{error:?}");
}

#[tokio::test]
async fn a_server_that_drips_ends_in_the_attempt_timeout() {
    let text =
        "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let drip = Reply::Drip(text.into(), Duration::from_millis(20));
    let error = failure(builder().attempt_timeout(SOON), drip).await;
    assert_eq!(error.timeout(), Some(TimeoutKind::Attempt), "{error:?}");
}

#[tokio::test]
async fn a_body_that_stops_half_way_ends_in_the_attempt_timeout() {
    let stall = Reply::Stall("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".into());
    let error = failure(builder().attempt_timeout(SOON), stall).await;
    assert_eq!(error.timeout(), Some(TimeoutKind::Attempt), "{error:?}");
}

#[tokio::test]
async fn a_hang_up_before_the_answer_is_a_disconnect() {
    for reply in [Reply::hang_up(), Reply::Reset] {
        let error = failure(builder(), reply).await;
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
        assert!(error.was_sent() && error.is_retryable());
    }
}

#[tokio::test]
async fn a_hang_up_half_way_is_a_disconnect() {
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let error = failure(builder(), Reply::raw(text)).await;
        assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    for text in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbroken header\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let error = failure(builder(), Reply::raw(text)).await;
        assert_eq!(error.kind(), ErrorKind::Protocol, "{text}: {error:?}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_compressed_answer_is_refused_and_never_unpacked() {
    // A gzip bomb needs nobody to light it: the head alone decides.
    for (name, value) in [
        ("content-encoding", "gzip"),
        ("content-encoding", "identity, deflate"),
        ("content-encoding", "br"),
    ] {
        let error = failure(builder(), Reply::status(200, name, value).unwrap()).await;
        assert_eq!(error.kind(), ErrorKind::Compressed, "{value}: {error:?}");
        assert!(!error.is_retryable());
    }
    let twice = "HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\ncontent-encoding: gzip\r\n\r\n";
    assert_eq!(failure(builder(), Reply::raw(twice)).await.kind(), ErrorKind::Compressed);
    // Ten bytes of gzip that nobody announced are ten bytes.
    let packed = &b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"[..];
    assert_eq!(ask(builder(), Reply::ok(packed)).await.unwrap().body(), packed);
    let identity = Reply::status(200, "content-encoding", "identity").unwrap();
    assert_eq!(ask(builder(), identity).await.unwrap().status(), 200);
}

#[test]
fn a_limit_of_nothing_is_refused_at_once() {
    for builder in [
        builder().deadline(Duration::ZERO),
        builder().attempt_timeout(Duration::ZERO),
        builder().connect_timeout(Duration::ZERO),
        builder().attempts(0),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::Config);
    }
}

#[tokio::test]
async fn too_large_an_answer_is_refused_with_or_without_a_length() {
    let body = "x".repeat(2000);
    for text in [
        format!("HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{body}\r\n0\r\n\r\n"),
    ] {
        let error = failure(builder().max_body(1000), Reply::raw(text)).await;
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
    }
}

#[tokio::test]
async fn a_length_that_never_comes_is_refused_before_it_is_waited_for() {
    let stall = Reply::Stall("HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n".into());
    assert_eq!(failure(builder(), stall).await.kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let mut text = String::from("HTTP/1.1 200 OK\r\n");
    (0..200_000).for_each(|number| text.push_str(&format!("x-{number}: y\r\n")));
    let error = failure(builder(), Reply::raw(text)).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
}

#[tokio::test]
async fn a_journey_of_large_headers_still_passes() {
    let cookie = format!("s={}; Path=/", "x".repeat(16_000));
    let response = ask(builder(), Reply::status(200, "set-cookie", &cookie).unwrap()).await;
    assert_eq!(response.unwrap().headers()["set-cookie"], cookie);
}

#[tokio::test]
async fn a_request_without_a_runtime_says_so() {
    let client = builder().build().unwrap();
    let outcome = std::thread::spawn(move || {
        let mut call = Box::pin(get(&client, "http://localhost/".into()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match call.as_mut().poll(&mut context) {
            std::task::Poll::Ready(outcome) => outcome,
            std::task::Poll::Pending => panic!("the call waits for a runtime"),
        }
    });
    assert_eq!(outcome.join().unwrap().unwrap_err().kind(), ErrorKind::NoRuntime);
}

#[tokio::test]
async fn one_connection_serves_calls_one_after_another() {
    let server = FaultServer::plain([Reply::ok("{}")]).await.unwrap();
    let client = builder().build().unwrap();
    for _ in 0..5 {
        get(&client, server.url("/am")).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    drop(client);
    server.all_closed().await;
}

fn marked(url: String) -> Request<&'static str> {
    let mut request = Request::get(url).body("").unwrap();
    request.extensions_mut().insert(Idempotent);
    request
}

fn ids(server: &FaultServer) -> Vec<String> {
    let lines = |text: &String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let requests = server.requests();
    requests
        .iter()
        .flat_map(lines)
        .filter(|it| it.to_ascii_lowercase().starts_with("x-forgerock-transactionid:"))
        .collect()
}

#[tokio::test]
async fn a_marked_request_survives_a_server_that_hangs_up_once() {
    let server = FaultServer::plain([Reply::Reset, Reply::ok("{}")]).await.unwrap();
    let client = builder().build().unwrap();
    let response = client.send(marked(server.url("/am"))).await.unwrap();
    assert_eq!(response.body(), "{}");
    let ids = ids(&server);
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_marked_request_waits_as_long_as_the_server_asks() {
    let busy = Reply::status(503, "retry-after", "0").unwrap();
    let server = FaultServer::plain([busy, Reply::ok("{}")]).await.unwrap();
    let client = builder().build().unwrap();
    assert_eq!(client.send(marked(server.url("/am"))).await.unwrap().status(), 200);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn another_request_is_sent_once_whatever_happens_to_its_answer() {
    for reply in [Reply::Reset, Reply::hang_up(), Reply::status(503, "retry-after", "0").unwrap()] {
        let server = FaultServer::plain([reply, Reply::ok("{}")]).await.unwrap();
        let client = builder().build().unwrap();
        let outcome = get(&client, server.url("/am")).await;
        assert!(outcome.is_err_and(|it| it.attempts() == 1) || server.requests().len() == 1);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_request_is_sent_again_on_a_pooled_connection_that_turned_out_closed() {
    let closing = Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let server = FaultServer::plain([closing, Reply::ok("{}")]).await.unwrap();
    let client = builder().build().unwrap();
    get(&client, server.url("/am")).await.unwrap();
    get(&client, server.url("/am")).await.unwrap();
    assert_eq!((server.requests().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn every_request_says_who_asks_and_in_which_language() {
    let server = FaultServer::plain([Reply::ok("{}")]).await.unwrap();
    let client = builder().languages(["de_CH.UTF-8", "en"]).user_agent("test/1").build().unwrap();
    get(&client, server.url("/am")).await.unwrap();
    let head = server.requests().remove(0).to_ascii_lowercase();
    for line in [
        "user-agent: test/1",
        "accept-language: de-ch, de;q=0.9, en;q=0.8",
        "x-requested-with: journey-sdk",
        "x-requested-platform: rust",
        "accept-encoding: identity",
    ] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line} is missing in {head}");
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_frees_its_connection() {
    let server = FaultServer::plain([Reply::silence()]).await.unwrap();
    let client = builder().build().unwrap();
    let call = tokio::spawn({
        let (client, url) = (client.clone(), server.url("/am"));
        async move { get(&client, url).await }
    });
    server.requested(1).await;
    call.abort();
    server.all_closed().await;
}

#[tokio::test]
async fn many_calls_at_once_share_connections_and_leave_nothing_behind() {
    let server = FaultServer::plain([Reply::ok("{}")]).await.unwrap();
    let client = builder().build().unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let (client, url) = (client.clone(), server.url("/am"));
        calls.spawn(async move {
            for _ in 0..10 {
                get(&client, url.clone()).await.unwrap();
            }
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
    assert_eq!(server.requests().len(), 2000);
    // Besides the 200 there are those that were begun when another became free.
    assert!(server.connections() < 1000, "{} connections", server.connections());
    drop(client);
    server.all_closed().await;
    let metrics = tokio::runtime::Handle::current().metrics();
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
    }
    // The server's own task, which waits for connections.
    assert_eq!(metrics.num_alive_tasks(), 1);
}
