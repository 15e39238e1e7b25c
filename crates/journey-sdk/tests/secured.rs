//! Whole logins over real TLS: what was set up for the network holds for every kind of request.

#![cfg(all(feature = "oidc", feature = "proxy"))]

#[expect(dead_code, reason = "here every journey goes over a real network")]
mod common;

use std::error::Error as StdError;
use std::io;

use bytes::Bytes;
use common::answers;
use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use journey_sdk::transport::{self, HttpClientBuilder, TlsReason};
use journey_sdk::{Error, HttpClient, Journey, OidcClient, RunError, SecretString};
use journey_testkit::fault_server::{Authority, FaultServer, Identity, Proxy, Tls, Validity};
use journey_testkit::leaks::Capture;
use journey_testkit::sim::Am;
use tower::ServiceExt;

type BoxError = Box<dyn StdError + Send + Sync>;
type TestResult = Result<(), BoxError>;

/// A name that leads nowhere without a proxy.
const FAR: &str = "https://am.invalid/am";

/// The kinds of requests, by how their paths end.
const KINDS: [&str; 4] = ["/authenticate", "/access_token", "/jwk_uri", "/userinfo"];

/// An AM, the authority that vouches for its server, and the server's key.
struct World {
    am: Am,
    authority: Authority,
    identity: Identity,
}

impl World {
    fn new() -> io::Result<Self> {
        let authority = Authority::new()?;
        let identity = identity(&authority)?;
        Ok(Self { am: Am::demo(), authority, identity })
    }

    fn tls(&self) -> io::Result<Tls> {
        Tls::new(&self.identity)
    }

    /// Starts a server that gives each request a connection of its own, and each connection a
    /// whole handshake.
    async fn serve(&self, tls: Tls) -> io::Result<FaultServer> {
        let service = ServiceExt::<Request<Full<Bytes>>>::map_response(
            self.am.service(),
            |mut response: Response<_>| {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                response
            },
        );
        FaultServer::tls_over(tls.without_resumption(), service).await
    }

    fn trusting(&self) -> HttpClientBuilder {
        HttpClient::builder().only_ca(self.authority.pem())
    }

    /// The paths that were asked for, in their order.
    fn paths(&self) -> Vec<String> {
        self.am.requests().iter().map(|it| it.path().to_owned()).collect()
    }

    /// Signs in, and tells how many requests it took; there was one of each kind.
    async fn passes(&self, http: HttpClientBuilder, url: &str) -> Result<usize, BoxError> {
        self.am.clear_requests();
        story(http.build()?, url).await?;
        let paths = self.paths();
        for kind in KINDS {
            assert!(paths.iter().any(|it| it.ends_with(kind)), "no {kind} in {paths:?}");
        }
        Ok(paths.len())
    }

    /// Signs in four times through a proxy that leads one kind of request, and what comes after
    /// it, to the other server; returns why each of these was not sent.
    async fn refusals(
        &self,
        http: impl Fn() -> HttpClientBuilder,
        (right, wrong): (&FaultServer, &FaultServer),
    ) -> Result<Vec<Option<TlsReason>>, BoxError> {
        let through = |proxy: &Proxy| http().proxy(proxy.url());
        self.passes(through(&Proxy::http(right.address()).await?), FAR).await?;
        let usual = self.paths();
        let mut refusals = Vec::new();
        for kind in KINDS {
            let before = usual.iter().position(|it| it.ends_with(kind)).ok_or("not asked for")?;
            let proxy = Proxy::http(right.address()).await?;
            proxy.divert_after(before, wrong.address());
            self.am.clear_requests();
            let error = story(through(&proxy).build()?, FAR).await.expect_err(kind);
            assert_eq!(self.paths(), usual[..before], "up to the first {kind}");
            refusals.push(error.http().and_then(transport::Error::tls_reason));
        }
        assert!(wrong.requests().is_empty(), "something was said to the wrong server");
        Ok(refusals)
    }
}

fn identity(authority: &Authority) -> io::Result<Identity> {
    authority.server(&["localhost", "am.invalid"], Validity::Now)
}

/// Signs in, gets tokens and asks whose they are.
async fn story(http: HttpClient, url: &str) -> Result<(), Error> {
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    let journey = Journey::builder(url).realm("alpha").http(http).oidc(oidc).build()?;
    let user = match journey.start("Login").run(answers()).await {
        Ok(success) => success.user()?,
        Err(RunError::Failed(failure)) => return Err(failure.into_error()),
        Err(other) => unreachable!("the server was reached: {other:?}"),
    };
    user.token().await?;
    assert_eq!(user.user_info().await?.name(), Some("Demo User"));
    Ok(())
}

#[tokio::test]
async fn the_pins_are_checked_for_every_request_of_a_login() -> TestResult {
    let capture = Capture::start();
    let world = World::new()?;
    let server = world.serve(world.tls()?).await?;
    let pinned = world.trusting().pin(world.identity.spki_sha256());
    world.passes(pinned, &server.url("/am")).await?;
    let log = capture.text();
    let checks: Vec<_> = log.lines().filter(|it| it.contains("among the pins")).collect();
    let paths = world.paths();
    for path in &paths {
        let field = format!("path={path:?}");
        let checked = checks.iter().filter(|it| it.contains(&field)).count();
        let sent = paths.iter().filter(|it| *it == path).count();
        assert_eq!(checked, sent, "{path}: {checks:#?}");
    }
    assert_eq!(checks.len(), paths.len());
    Ok(())
}

#[tokio::test]
async fn another_key_under_a_valid_chain_is_refused_for_every_kind_of_request() -> TestResult {
    let world = World::new()?;
    let right = world.serve(world.tls()?).await?;
    let wrong = world.serve(Tls::new(&identity(&world.authority)?)?).await?;
    let pinned = || world.trusting().pin(world.identity.spki_sha256());
    let refusals = world.refusals(pinned, (&right, &wrong)).await?;
    assert_eq!(refusals, [Some(TlsReason::PinMismatch); 4]);
    // Without the pin nobody would notice.
    let proxy = Proxy::http(wrong.address()).await?;
    world.passes(world.trusting().proxy(proxy.url()), FAR).await?;
    Ok(())
}

#[tokio::test]
async fn a_server_of_a_known_authority_is_trusted_with_every_kind_of_request() -> TestResult {
    let world = World::new()?;
    let server = world.serve(world.tls()?).await?;
    let added = HttpClient::builder().add_ca(world.authority.pem());
    let mut sent = 0;
    for builder in [world.trusting(), added] {
        sent += world.passes(builder, &server.url("/am")).await?;
    }
    assert_eq!(server.connections(), sent);
    Ok(())
}

#[tokio::test]
async fn a_server_of_another_authority_is_refused_for_every_kind_of_request() -> TestResult {
    let world = World::new()?;
    let right = world.serve(world.tls()?).await?;
    let wrong = world.serve(Tls::new(&identity(&Authority::new()?)?)?).await?;
    let refusals = world.refusals(|| world.trusting(), (&right, &wrong)).await?;
    assert_eq!(refusals, [Some(TlsReason::UnknownIssuer); 4]);
    Ok(())
}

#[tokio::test]
async fn the_client_certificate_is_shown_for_every_kind_of_request() -> TestResult {
    let world = World::new()?;
    let mine = world.authority.client("client.example.com")?;
    let tls = Tls::for_clients_of(&world.identity, &world.authority)?;
    let server = world.serve(tls).await?;
    let known = world.trusting().client_certificate(mine.pem(), mine.key_pem());
    let sent = world.passes(known, &server.url("/am")).await?;
    assert_eq!(server.connections(), sent);
    Ok(())
}

#[tokio::test]
async fn a_server_that_knows_its_clients_takes_no_kind_of_request_from_a_stranger() -> TestResult {
    let world = World::new()?;
    let open = world.serve(world.tls()?).await?;
    let closed = world.serve(Tls::for_clients_of(&world.identity, &world.authority)?).await?;
    let stranger = Authority::new()?.client("client.example.com")?;
    let nobody = world.refusals(|| world.trusting(), (&open, &closed)).await?;
    assert_eq!(nobody, [Some(TlsReason::ClientCertificate); 4]);
    let unknown = || world.trusting().client_certificate(stranger.pem(), stranger.key_pem());
    let unknown = world.refusals(unknown, (&open, &closed)).await?;
    assert_eq!(unknown, [Some(TlsReason::ClientCertificate); 4]);
    Ok(())
}

#[tokio::test]
async fn every_kind_of_request_goes_through_a_tunnel() -> TestResult {
    let world = World::new()?;
    let server = world.serve(world.tls()?).await?;
    let proxy = Proxy::http(server.address()).await?;
    let sent = world.passes(world.trusting().proxy(proxy.url()), FAR).await?;
    let asked = proxy.asked();
    assert_eq!(asked.len(), sent);
    assert!(asked.iter().all(|it| it.starts_with("CONNECT am.invalid:443 ")), "{asked:?}");
    Ok(())
}

#[tokio::test]
async fn every_kind_of_request_goes_through_socks() -> TestResult {
    let world = World::new()?;
    let server = world.serve(world.tls()?).await?;
    let proxy = Proxy::socks5(server.address()).await?;
    let sent = world.passes(world.trusting().proxy(proxy.url()), FAR).await?;
    assert_eq!(proxy.asked(), vec!["am.invalid:443"; sent]);
    Ok(())
}

#[tokio::test]
async fn pins_certificates_and_a_proxy_with_a_password_work_together() -> TestResult {
    let world = World::new()?;
    let mine = world.authority.client("client.example.com")?;
    let tls = Tls::for_clients_of(&world.identity, &world.authority)?;
    let server = world.serve(tls).await?;
    let proxy = Proxy::socks5_for(server.address(), "me", "hunter2").await?;
    let url = SecretString::from(proxy.url().replace("://", "://me:hunter2@"));
    let all = world
        .trusting()
        .pin(world.identity.spki_sha256())
        .client_certificate(mine.pem(), mine.key_pem())
        .proxy(url);
    let sent = world.passes(all, FAR).await?;
    assert_eq!((proxy.asked().len(), server.connections()), (sent, sent));
    Ok(())
}
