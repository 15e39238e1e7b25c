//! Nothing secret shows in what the client and all below it log, at the finest level.
#![cfg(feature = "rustls")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use http::{HeaderValue, Request, Response};
use journey_testkit::fault_server::{Authority, FaultServer, Reply, Tls, Validity};
use journey_testkit::leaks::Capture;
use journey_transport::{CookieJar, HttpClient};

const SECRET: &str = "hunter2";

/// Runs the work with everything that is logged written down.
fn logged(work: impl Future<Output = ()>) -> String {
    let capture = Capture::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work);
    capture.text()
}

/// Sends a request with a secret in each place that may hold one, and gets as many back.
async fn exchange(tls: Tls, authority: &Authority) {
    let answer = Response::builder()
        .header("set-cookie", format!("iPlanetDirectoryPro={SECRET}; Path=/"))
        .header("location", format!("app:/?code={SECRET}"))
        .body(format!("{{\"tokenId\":\"{SECRET}\"}}").into());
    let server = FaultServer::tls(tls, [Reply::Answer(answer.unwrap())]).await.unwrap();
    let client = HttpClient::builder()
        .only_ca(authority.pem())
        .sensitive_header("6ac6499e9da2071")
        .build()
        .unwrap();
    let jar = CookieJar::new();
    let mut own = HeaderValue::from_static(SECRET);
    own.set_sensitive(true);
    for _ in 0..2 {
        let mut request = Request::post(server.url(&format!("/am?code={SECRET}")))
            .header("authorization", format!("Bearer {SECRET}"))
            .header("6ac6499e9da2071", SECRET)
            .header("x-own", own.clone())
            .body(secrecy::SecretString::from(SECRET))
            .unwrap();
        request.extensions_mut().insert(jar.clone());
        let response = client.send(request).await.unwrap();
        tracing::info!(headers = ?response.headers(), ?jar, "the caller may log what it got");
        assert!(server.requests().last().unwrap().contains(SECRET));
    }
}

#[test]
fn the_log_would_show_a_secret_that_leaks() {
    let text = logged(async { tracing::trace!(SECRET, "planted") });
    assert!(text.contains(SECRET));
}

#[test]
fn no_secret_is_logged_over_http_1() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let text = logged(exchange(Tls::new(&identity).unwrap(), &authority));
    assert!(text.contains("http.request") && text.contains("hyper"), "nothing was logged");
    let leaks: Vec<_> = text.lines().filter(|it| it.contains(SECRET)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[test]
fn no_secret_is_logged_over_http_2() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let text = logged(exchange(Tls::new(&identity).unwrap().with_http2(), &authority));
    assert!(text.contains("http.request") && text.contains("h2"), "nothing was logged");
    let leaks: Vec<_> = text.lines().filter(|it| it.contains(SECRET)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
