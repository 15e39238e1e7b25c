//! Nothing secret shows in what the client and all below it log, at the finest level.
#![cfg(feature = "rustls")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use http::{HeaderValue, Request, Response};
use journey_testkit::fault_server::{Authority, FaultServer, Reply, Tls, Validity};
use journey_transport::{CookieJar, HttpClient};
use tracing::subscriber::with_default;
use tracing_subscriber::fmt::MakeWriter;

const SECRET: &str = "hunter2";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Runs the work with everything that is logged written down.
fn logged(work: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    with_default(subscriber, || runtime.block_on(work));
    log.text()
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
