//! What the client demands of a certificate, with real certificates over real TLS.
#![cfg(feature = "rustls")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use journey_testkit::fault_server::{Authority, FaultServer, Identity, Reply, Tls, Validity};
use journey_transport::{Error, ErrorKind, HttpClient, HttpClientBuilder, TimeoutKind, TlsReason};

async fn get(client: &HttpClient, url: String) -> Result<Response<Bytes>, Error> {
    client.send(Request::get(url).body("").unwrap()).await
}

async fn server(identity: &Identity) -> FaultServer {
    FaultServer::tls(Tls::new(identity).unwrap(), [Reply::ok("{}")]).await.unwrap()
}

fn trusting(authority: &Authority) -> HttpClientBuilder {
    HttpClient::builder().only_ca(authority.pem())
}

async fn reason(client: HttpClientBuilder, url: String) -> TlsReason {
    let error = get(&client.build().unwrap(), url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    assert!(!error.is_retryable());
    error.tls_reason().unwrap()
}

#[tokio::test]
async fn a_server_of_a_trusted_authority_is_asked() {
    let authority = Authority::new().unwrap();
    let server = server(&authority.server(&["localhost"], Validity::Now).unwrap()).await;
    for builder in [trusting(&authority), HttpClient::builder().add_ca(authority.pem())] {
        let response = get(&builder.build().unwrap(), server.url("/am")).await.unwrap();
        assert_eq!(response.body(), "{}");
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    let (authority, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    let server = server(&authority.server(&["localhost"], Validity::Now).unwrap()).await;
    let url = server.url("/am");
    assert_eq!(reason(HttpClient::builder(), url.clone()).await, TlsReason::UnknownIssuer);
    assert_eq!(reason(trusting(&other), url).await, TlsReason::UnknownIssuer);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new().unwrap();
    let server = server(&authority.server(&["localhost"], Validity::Past).unwrap()).await;
    assert_eq!(reason(trusting(&authority), server.url("/am")).await, TlsReason::Expired);
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused() {
    let authority = Authority::new().unwrap();
    let server = server(&authority.server(&["localhost"], Validity::Future).unwrap()).await;
    assert_eq!(reason(trusting(&authority), server.url("/am")).await, TlsReason::NotYetValid);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new().unwrap();
    let server = server(&authority.server(&["am.example.com"], Validity::Now).unwrap()).await;
    assert_eq!(reason(trusting(&authority), server.url("/am")).await, TlsReason::WrongHost);
}

#[tokio::test]
async fn a_client_certificate_cannot_stand_for_a_server() {
    let authority = Authority::new().unwrap();
    let server = server(&authority.client("localhost").unwrap()).await;
    assert_eq!(reason(trusting(&authority), server.url("/am")).await, TlsReason::BadCertificate);
}

#[tokio::test]
async fn a_server_without_tls_fails_the_handshake() {
    let authority = Authority::new().unwrap();
    for greeting in ["", "HTTP/1.1 400 Bad Request\r\n\r\n"] {
        let server = FaultServer::greeting(greeting).await.unwrap();
        assert_eq!(reason(trusting(&authority), server.url("/am")).await, TlsReason::Handshake);
    }
}

#[tokio::test]
async fn every_version_from_1_2_on_is_spoken() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    for version in rustls::ALL_VERSIONS {
        let tls = Tls::only(&identity, version).unwrap();
        let server = FaultServer::tls(tls, [Reply::ok("{}")]).await.unwrap();
        get(&trusting(&authority).build().unwrap(), server.url("/am")).await.unwrap();
    }
}

#[tokio::test]
async fn an_older_version_is_refused() {
    // A greeting of TLS 1.1: no session, one cipher of that time, no extension.
    let mut hello = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02".to_vec();
    hello.extend([7; 32]);
    hello.extend(b"\x00\xc0\x13\x00");
    let server = FaultServer::greeting(hello).await.unwrap();
    let client = trusting(&Authority::new().unwrap());
    assert_eq!(reason(client, server.url("/am")).await, TlsReason::Incompatible);
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_offers_it() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let tls = Tls::new(&identity).unwrap().with_http2();
    let server = FaultServer::tls(tls, [Reply::ok("{}")]).await.unwrap();
    let client = trusting(&authority).build().unwrap();
    let response = get(&client, server.url("/am")).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert!(server.requests()[0].contains("HTTP/2"));
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_alike_in_http_2() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let tls = Tls::new(&identity).unwrap().with_http2();
    let replies = [Reply::hang_up(), Reply::ok("{}")];
    let server = FaultServer::tls(tls, replies).await.unwrap();
    let client = trusting(&authority).build().unwrap();
    let error = get(&client, server.url("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
    assert!(error.was_sent());
    assert_eq!(get(&client, server.url("/am")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_server_that_never_answers_in_http_2_ends_in_the_attempt_timeout() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let tls = Tls::new(&identity).unwrap().with_http2();
    let server = FaultServer::tls(tls, [Reply::silence()]).await.unwrap();
    let client = trusting(&authority).attempt_timeout(Duration::from_millis(200)).build().unwrap();
    let error = get(&client, server.url("/am")).await.unwrap_err();
    assert_eq!(error.timeout(), Some(TimeoutKind::Attempt));
}

#[tokio::test]
async fn a_frozen_http_2_connection_is_found_dead_and_not_used_again() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let tls = Tls::new(&identity).unwrap().with_http2();
    let replies = [Reply::Drip("x".into(), Duration::ZERO), Reply::ok("{}")];
    let server = FaultServer::tls(tls, replies).await.unwrap();
    let client = trusting(&authority).attempt_timeout(Duration::from_secs(3)).build().unwrap();
    let error = get(&client, server.url("/am")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
    assert_eq!(get(&client, server.url("/am")).await.unwrap().status(), 200);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn nothing_process_wide_is_installed() {
    let authority = Authority::new().unwrap();
    let server = server(&authority.server(&["localhost"], Validity::Now).unwrap()).await;
    get(&trusting(&authority).build().unwrap(), server.url("/am")).await.unwrap();
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}
