//! Proxies on this machine, with TLS through them.
#![cfg(feature = "proxy")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use http::{Request, Response};
use journey_testkit::fault_server::{Authority, FaultServer, Proxy, Reply, Tls, Validity};
use journey_transport::{ErrorKind, HttpClient, HttpClientBuilder, TimeoutKind};

/// The kinds of requests that the SDK sends, by their paths.
const PATHS: [&str; 4] = [
    "/am/json/realms/root/authenticate",
    "/am/oauth2/access_token",
    "/am/oauth2/connect/jwk_uri",
    "/am/oauth2/userinfo",
];

/// A server that says it is `am.invalid`, and a builder that trusts it.
async fn server() -> (FaultServer, impl Fn() -> HttpClientBuilder) {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["am.invalid"], Validity::Now).unwrap();
    let reply = Reply::Answer(Response::new("{}".into()));
    let server = FaultServer::tls(Tls::new(&identity).unwrap(), [reply]).await.unwrap();
    (server, move || HttpClient::builder().only_ca(authority.pem()))
}

fn request(path: &str) -> Request<&'static str> {
    Request::post(format!("https://am.invalid{path}")).body("{}").unwrap()
}

#[tokio::test]
async fn every_kind_of_request_goes_through_a_tunnel() {
    let (server, builder) = server().await;
    let proxy = Proxy::http(server.address()).await.unwrap();
    for path in PATHS {
        let client = builder().proxy(proxy.url()).build().unwrap();
        assert_eq!(client.send(request(path)).await.unwrap().status(), 200);
    }
    assert_eq!(proxy.asked().len(), 4);
    assert!(proxy.asked()[0].starts_with("CONNECT am.invalid:443 HTTP/1.1\r\n"));
}

#[tokio::test]
async fn every_kind_of_request_goes_through_socks() {
    let (server, builder) = server().await;
    let proxy = Proxy::socks5(server.address()).await.unwrap();
    for path in PATHS {
        let client = builder().proxy(proxy.url()).build().unwrap();
        assert_eq!(client.send(request(path)).await.unwrap().status(), 200);
    }
    assert_eq!(proxy.asked(), ["am.invalid:443"; 4]);
}

#[tokio::test]
async fn the_proxy_is_told_who_asks_and_the_server_is_not() {
    let (server, builder) = server().await;
    let proxy = Proxy::http(server.address()).await.unwrap();
    let url = proxy.url().replace("http://", "http://me:hunter2@");
    builder().proxy(url).build().unwrap().send(request("/am")).await.unwrap();
    // The Basic form of `me:hunter2`.
    assert!(proxy.asked()[0].contains("\r\nProxy-Authorization: Basic bWU6aHVudGVyMg==\r\n"));
    assert!(!server.requests()[0].to_ascii_lowercase().contains("proxy"));
}

#[tokio::test]
async fn a_socks_proxy_is_told_who_asks() {
    let (server, builder) = server().await;
    let proxy = Proxy::socks5_for(server.address(), "me", "hunter2").await.unwrap();
    let with = |login: &str| builder().proxy(proxy.url().replace("://", &format!("://{login}")));
    let client = with("me:hunter2@").build().unwrap();
    assert_eq!(client.send(request("/am")).await.unwrap().status(), 200);
    for login in ["", "me:hunter3@", "you:hunter2@"] {
        let client = with(login).attempts(1).build().unwrap();
        let error = client.send(request("/am")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Proxy, "{error:?}");
        assert!(!error.was_sent());
        assert!(!error.is_retryable(), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
    }
    assert_eq!(proxy.asked(), ["am.invalid:443"]);
}

#[tokio::test]
async fn a_proxy_that_never_answers_ends_in_the_connect_timeout() {
    let (_server, builder) = server().await;
    let proxy = FaultServer::deaf().await.unwrap();
    for scheme in ["http", "socks5h"] {
        let client = builder()
            .proxy(format!("{scheme}://{}", proxy.address()))
            .connect_timeout(Duration::from_millis(200))
            .attempts(1);
        let error = client.build().unwrap().send(request("/am")).await.unwrap_err();
        assert_eq!(error.timeout(), Some(TimeoutKind::Connect), "{error:?}");
        assert!(!error.was_sent());
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_a_proxy_error() {
    let (_server, builder) = server().await;
    let proxy = Proxy::refusing().await.unwrap();
    let url = proxy.url().replace("http://", "http://me:hunter2@");
    let client = builder().proxy(url).attempts(1).build().unwrap();
    let error = client.send(request("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Proxy, "{error:?}");
    assert!(!error.was_sent());
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_refusal_is_tried_again_only_where_that_may_help() {
    let (_server, builder) = server().await;
    for (status, asked) in [(403, 1), (407, 1), (502, 2), (503, 2), (504, 2)] {
        let proxy = Proxy::refusing_with(status).await.unwrap();
        let client = builder().proxy(proxy.url()).attempts(2).build().unwrap();
        let error = client.send(request("/am")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Proxy, "{error:?}");
        assert_eq!(error.is_retryable(), asked > 1, "{error:?}");
        assert_eq!(proxy.asked().len(), asked, "{status}");
        assert!(format!("{error:?}").contains(&status.to_string()), "{error:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_a_proxy_error() {
    let (_server, builder) = server().await;
    let client = builder().proxy("http://proxy.invalid:3128").attempts(1).build().unwrap();
    let error = client.send(request("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Proxy, "{error:?}");
}

#[tokio::test]
async fn an_exception_is_reached_without_the_proxy() {
    let (server, builder) = server().await;
    let proxy = Proxy::http(server.address()).await.unwrap();
    let builder = builder().proxy(proxy.url()).no_proxy("invalid").attempts(1);
    // The name leads nowhere without the proxy.
    let error = builder.build().unwrap().send(request("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Dns, "{error:?}");
    assert!(proxy.asked().is_empty());
}

#[tokio::test]
async fn the_certificate_of_the_server_is_checked_through_the_proxy() {
    let (server, _) = server().await;
    let proxy = Proxy::http(server.address()).await.unwrap();
    let client = HttpClient::builder().proxy(proxy.url()).build().unwrap();
    let error = client.send(request("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    assert!(server.requests().is_empty());
}
