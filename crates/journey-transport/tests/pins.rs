//! Pinned keys and client certificates, with real certificates over real TLS.
#![cfg(feature = "rustls")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use http::Request;
use journey_testkit::fault_server::{Authority, FaultServer, Identity, Reply, Tls, Validity};
use journey_testkit::leaks::Capture;
use journey_transport::{Error, HttpClient, HttpClientBuilder, Idempotent, TlsReason};

/// One request of each kind that the SDK sends.
fn requests(server: &FaultServer) -> Vec<Request<&'static str>> {
    let mut requests = Vec::new();
    for path in ["/am/json/realms/root/authenticate", "/am/oauth2/access_token"] {
        requests.push(Request::post(server.url(path)).body("{}").unwrap());
    }
    for path in ["/am/oauth2/connect/jwk_uri", "/am/oauth2/userinfo"] {
        let mut request = Request::get(server.url(path)).body("").unwrap();
        request.extensions_mut().insert(Idempotent);
        requests.push(request);
    }
    requests
}

fn trusting(authority: &Authority) -> HttpClientBuilder {
    HttpClient::builder().only_ca(authority.pem())
}

/// Sends one request of each kind, each over a connection of its own.
async fn outcomes(
    builder: impl Fn() -> HttpClientBuilder,
    server: &FaultServer,
) -> Vec<Result<u16, Error>> {
    let mut outcomes = Vec::new();
    for request in requests(server) {
        let client = builder().build().unwrap();
        outcomes.push(client.send(request).await.map(|it| it.status().as_u16()));
    }
    outcomes
}

fn reasons(outcomes: Vec<Result<u16, Error>>) -> Vec<Option<TlsReason>> {
    outcomes.into_iter().map(|it| it.unwrap_err().tls_reason()).collect()
}

async fn server(identity: &Identity) -> FaultServer {
    FaultServer::tls(Tls::new(identity).unwrap(), [Reply::ok("{}")]).await.unwrap()
}

/// Sends one request with the server's key pinned, and one with another; returns how often the
/// key was found and not found among the pins.
async fn checks(path: &str) -> (usize, usize) {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let server = server(&identity).await;
    let capture = Capture::start();
    for pin in [identity.spki_sha256(), [7; 32]] {
        let mut requests = requests(&server);
        requests.retain(|it| it.uri().path() == path);
        let client = trusting(&authority).pin(pin).build().unwrap();
        let _ = client.send(requests.remove(0)).await;
    }
    assert_eq!(server.requests().len(), 1);
    counted(&capture, path)
}

/// Counts the events of the check, by the span of the request that needed the connection.
fn counted(capture: &Capture, path: &str) -> (usize, usize) {
    let log = capture.text();
    let count = |found: &str| {
        let wanted = [&format!("path={path:?}"), "looked for the server's key", found];
        log.lines().filter(|line| wanted.iter().all(|it| line.contains(*it))).count()
    };
    (count("found=true"), count("found=false"))
}

#[tokio::test]
async fn the_pins_are_checked_for_an_authenticate_request() {
    assert_eq!(checks("/am/json/realms/root/authenticate").await, (1, 1));
}

#[tokio::test]
async fn the_pins_are_checked_for_a_token_request() {
    assert_eq!(checks("/am/oauth2/access_token").await, (1, 1));
}

#[tokio::test]
async fn the_pins_are_checked_for_a_request_for_keys() {
    assert_eq!(checks("/am/oauth2/connect/jwk_uri").await, (1, 1));
}

#[tokio::test]
async fn the_pins_are_checked_for_a_userinfo_request() {
    assert_eq!(checks("/am/oauth2/userinfo").await, (1, 1));
}

#[tokio::test]
async fn nobody_else_can_go_on_with_a_session_whose_key_was_checked() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let closing = Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    let right = FaultServer::tls(Tls::new(&identity).unwrap(), [closing]).await.unwrap();
    let wrong = server(&authority.server(&["localhost"], Validity::Now).unwrap()).await;
    let client = trusting(&authority).pin(identity.spki_sha256()).build().unwrap();
    let capture = Capture::start();
    let ask = |server: &FaultServer| client.send(Request::get(server.url("/am")).body("").unwrap());
    for _ in 0..3 {
        assert_eq!(ask(&right).await.unwrap().status(), 200);
    }
    assert_eq!(right.connections(), 3);
    assert_eq!(counted(&capture, "/am"), (1, 0), "the other two went on with the first session");
    // To the client it has the same name, so the session is offered to it too.
    let error = ask(&wrong).await.unwrap_err();
    assert_eq!(error.tls_reason(), Some(TlsReason::PinMismatch), "{error:?}");
    assert_eq!(counted(&capture, "/am"), (1, 1));
}

#[tokio::test]
async fn a_pinned_key_is_accepted_for_every_kind_of_request() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let server = server(&identity).await;
    let pinned = || trusting(&authority).pin([7; 32]).pin(identity.spki_sha256());
    for outcome in outcomes(pinned, &server).await {
        assert_eq!(outcome.unwrap(), 200);
    }
}

#[tokio::test]
async fn a_valid_chain_with_another_key_is_refused_for_every_kind_of_request() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let other = authority.server(&["localhost"], Validity::Now).unwrap();
    let server = server(&identity).await;
    let pinned = || trusting(&authority).pin(other.spki_sha256());
    let reasons = reasons(outcomes(pinned, &server).await);
    assert_eq!(reasons, [Some(TlsReason::PinMismatch); 4]);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_pin_does_not_replace_the_other_checks() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Past).unwrap();
    let server = server(&identity).await;
    let pinned = || trusting(&authority).pin(identity.spki_sha256());
    assert_eq!(reasons(outcomes(pinned, &server).await), [Some(TlsReason::Expired); 4]);
}

#[tokio::test]
async fn a_pin_holds_with_the_platforms_authorities_too() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let server = server(&identity).await;
    let right = || HttpClient::builder().add_ca(authority.pem()).pin(identity.spki_sha256());
    assert!(outcomes(right, &server).await.iter().all(Result::is_ok));
    let wrong = || HttpClient::builder().add_ca(authority.pem()).pin([7; 32]);
    assert_eq!(reasons(outcomes(wrong, &server).await), [Some(TlsReason::PinMismatch); 4]);
}

#[tokio::test]
async fn a_client_certificate_is_shown_for_every_kind_of_request() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let mine = authority.client("client.example.com").unwrap();
    let tls = Tls::for_clients_of(&identity, &authority).unwrap();
    let server = FaultServer::tls(tls, [Reply::ok("{}")]).await.unwrap();
    let known = || trusting(&authority).client_certificate(mine.pem(), mine.key_pem());
    for outcome in outcomes(known, &server).await {
        assert_eq!(outcome.unwrap(), 200);
    }
}

#[tokio::test]
async fn without_a_client_certificate_the_server_refuses() {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let tls = Tls::for_clients_of(&identity, &authority).unwrap();
    let server = FaultServer::tls(tls, [Reply::ok("{}")]).await.unwrap();
    let reasons = reasons(outcomes(|| trusting(&authority), &server).await);
    assert_eq!(reasons, [Some(TlsReason::ClientCertificate); 4]);
}

#[tokio::test]
async fn a_client_certificate_of_another_authority_is_refused() {
    let (authority, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    let identity = authority.server(&["localhost"], Validity::Now).unwrap();
    let mine = other.client("client.example.com").unwrap();
    let tls = Tls::for_clients_of(&identity, &authority).unwrap();
    let server = FaultServer::tls(tls, [Reply::ok("{}")]).await.unwrap();
    let stranger = || trusting(&authority).client_certificate(mine.pem(), mine.key_pem());
    let reasons = reasons(outcomes(stranger, &server).await);
    assert_eq!(reasons, [Some(TlsReason::ClientCertificate); 4]);
}

#[test]
fn a_key_that_does_not_fit_its_certificate_is_refused_at_once() {
    let authority = Authority::new().unwrap();
    let (one, two) = (authority.client("one").unwrap(), authority.client("two").unwrap());
    let broken = [
        trusting(&authority).client_certificate(one.pem(), two.key_pem()),
        trusting(&authority).client_certificate(one.pem(), "no key"),
        trusting(&authority).client_certificate("no certificate", one.key_pem()),
    ];
    for builder in broken {
        let error = builder.build().unwrap_err();
        assert_eq!(error.code(), "transport.config");
        assert!(!format!("{error:?}").contains("PRIVATE KEY"));
    }
}
