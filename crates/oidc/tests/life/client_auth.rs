//! How the client says who it is: the code exchange, the refresh and the revocation, with the right key or
//! certificate and with wrong ones.

use std::{sync::Arc, time::Duration};

use journey_core::{AccountWriter, Clock, Server, TokenErrorKind, TokenProvider};
use journey_oidc::{Endpoints, OidcClient, OidcClientBuilder, SigningKey};
use journey_storage::{Memory, Storage};
use journey_testkit::{
    clock::ManualClock,
    fault_server::{Authority, FaultServer, Identity, Tls, Validity},
    sim::{Am, ClientKey, Misbehavior, OAuthClient},
};
use journey_transport::HttpClient;
use serde_json::{Value, json};

use crate::world::{self, World};

fn by_key(key: &ClientKey, kid: Option<&str>) -> OidcClientBuilder {
    let signing = SigningKey::from_pkcs8_pem(&key.pem().into()).unwrap();
    world::settings().private_key_jwt(match kid {
        Some(kid) => signing.with_kid(kid),
        None => signing,
    })
}

async fn registered(keys: &[&ClientKey], settings: OidcClientBuilder) -> World {
    let client = OAuthClient::private_key_jwt("sdkClient", keys.iter().map(|it| it.jwk()));
    World::with(world::demo().client("alpha", client.redirect_uri(world::REDIRECT)), settings).await
}

/// Exchange, refresh and revocation, each of which the server lets pass.
async fn lives(client: &OidcClient, writer: &AccountWriter, am: &Am) {
    client.token(writer.account()).await.unwrap();
    client.refresh(writer.account()).await.unwrap();
    assert_eq!(am.count_grant("refresh_token"), 1);
    assert!(client.revoke(writer.account()).await.unwrap().is_done());
    assert!(am.live_access_tokens().is_empty() && am.live_refresh_tokens().is_empty());
}

/// Neither of them, and nothing is lost by it.
async fn is_refused(good: &OidcClient, bad: &OidcClient, writer: &AccountWriter, am: &Am) {
    let error = bad.token(writer.account()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Misconfigured, "{error:?}");
    assert_eq!(error.server().unwrap().error(), "invalid_client");
    assert_eq!(am.live_sessions().len(), 1);

    let held = good.token(writer.account()).await.unwrap();
    let error = bad.refresh(writer.account()).await.unwrap_err();
    assert_eq!(error.server().unwrap().error(), "invalid_client");
    assert_eq!(am.live_refresh_tokens().len(), 1, "it is not spent");
    let still = good.token(writer.account()).await.unwrap();
    assert_eq!(still.expires_at(), held.expires_at());

    let revocation = bad.revoke(writer.account()).await.unwrap();
    assert!(!revocation.is_done());
    assert_eq!(am.live_refresh_tokens().len(), 1, "the server did not believe it");
}

#[tokio::test]
async fn a_key_of_every_type_authenticates_exchange_refresh_and_revocation() {
    for key in [
        ClientKey::rsa("mine").unwrap(),
        ClientKey::p256("mine").unwrap(),
        ClientKey::ed25519("mine").unwrap(),
    ] {
        for kid in [Some("mine"), None] {
            let world = registered(&[&key], by_key(&key, kid)).await;
            lives(&world.client, &world.writer, &world.am).await;
        }
    }
}

#[tokio::test]
async fn no_secret_goes_along_with_an_assertion() {
    let key = ClientKey::p256("mine").unwrap();
    let world = registered(&[&key], by_key(&key, Some("mine"))).await;
    world.client.token(&world.account).await.unwrap();
    let requests = world.am.requests();
    let seen = requests.iter().find(|it| it.path().ends_with("/access_token")).unwrap();
    let names = seen.form_names();
    assert!(names.iter().any(|it| it == "client_assertion"));
    assert!(names.iter().any(|it| it == "client_assertion_type"));
    assert!(!names.iter().any(|it| it == "client_secret"));
    assert!(!seen.header_names().iter().any(|it| it == "authorization"));
}

#[tokio::test]
async fn a_key_that_is_not_the_registered_one_is_refused() {
    let (mine, other) = (ClientKey::p256("mine").unwrap(), ClientKey::p256("mine").unwrap());
    for wrong in [by_key(&other, Some("mine")), by_key(&mine, Some("another"))] {
        let world = registered(&[&mine], by_key(&mine, Some("mine"))).await;
        let bad = world.other_client(wrong);
        is_refused(&world.client, &bad, &world.writer, &world.am).await;
    }
}

#[tokio::test]
async fn a_client_that_shows_no_assertion_is_refused_where_one_is_registered() {
    let mine = ClientKey::p256("mine").unwrap();
    for wrong in [world::settings(), world::settings().client_secret_post("guessed")] {
        let world = registered(&[&mine], by_key(&mine, None)).await;
        let bad = world.other_client(wrong);
        is_refused(&world.client, &bad, &world.writer, &world.am).await;
    }
}

#[tokio::test]
async fn an_assertion_by_a_clock_that_is_a_day_behind_has_expired() {
    let mine = ClientKey::p256("mine").unwrap();
    let world = registered(&[&mine], by_key(&mine, None)).await;
    let behind = ManualClock::at(world.clock.now() - Duration::from_secs(24 * 3600));
    let settings = by_key(&mine, None);
    let bad = world::client_by(&world.am, &world.clock, &behind, settings, &world.storage);
    let error = bad.token(&world.account).await.unwrap_err();
    assert_eq!(error.server().unwrap().error(), "invalid_client");
}

/// A server with TLS that asks for a certificate, and a user who has signed in there.
struct TlsWorld {
    am: Am,
    authority: Authority,
    serving: FaultServer,
    storage: Arc<dyn Storage>,
    writer: AccountWriter,
}

impl TlsWorld {
    async fn new(client: impl FnOnce(&Authority) -> OAuthClient) -> Self {
        Self::with(client, Tls::for_any_client).await
    }

    async fn with(
        client: impl FnOnce(&Authority) -> OAuthClient,
        tls: impl FnOnce(&Identity) -> std::io::Result<Tls>,
    ) -> Self {
        let authority = Authority::new().unwrap();
        let client = client(&authority).redirect_uri(world::REDIRECT);
        let am = Am::demo_builder().client("alpha", client).build();
        let server = authority.server(&["localhost"], Validity::Now).unwrap();
        let serving = FaultServer::tls_over(tls(&server).unwrap(), am.service()).await.unwrap();
        let realm = "alpha".parse().unwrap();
        let session = world::sign_in(&am, &realm, "demo", "Ch4ng31t").await;
        let writer =
            AccountWriter::new(Server::new(&serving.url("/am")).unwrap(), realm, "default");
        writer.set_session(Some(session));
        Self { am, authority, serving, storage: Arc::new(Memory::new()), writer }
    }

    fn client(&self, identity: Option<&Identity>) -> OidcClient {
        let mut http = HttpClient::builder().only_ca(self.authority.pem());
        if let Some(identity) = identity {
            http = http.client_certificate(identity.pem(), identity.key_pem());
        }
        let storage = Arc::clone(&self.storage);
        let settings = world::settings().tls_client_auth();
        settings.build(http.build().unwrap(), storage, Clock::system()).unwrap()
    }

    async fn check(&self, good: &Identity, wrong: &[Option<&Identity>]) {
        for it in wrong {
            let (good, bad) = (self.client(Some(good)), self.client(*it));
            is_refused(&good, &bad, &self.writer, &self.am).await;
            // What could not be revoked that way is revoked this way.
            for token in self.am.live_refresh_tokens() {
                self.am.kill_token(&token);
            }
            self.am.clear_requests();
        }
        for token in self.am.live_access_tokens() {
            self.am.kill_token(&token);
        }
        lives(&self.client(Some(good)), &self.writer, &self.am).await;
    }
}

#[tokio::test]
async fn a_certificate_of_the_registered_authority_and_name_authenticates_and_no_other_does() {
    let world = TlsWorld::new(|authority| {
        OAuthClient::tls_client_auth("sdkClient", authority, "app.example.com")
    })
    .await;
    let good = world.authority.client("app.example.com").unwrap();
    let other_name = world.authority.client("other.example.com").unwrap();
    let other_authority = Authority::new().unwrap().client("app.example.com").unwrap();
    let self_signed = Identity::self_signed("app.example.com").unwrap();
    let wrong = [None, Some(&other_name), Some(&other_authority), Some(&self_signed)];
    world.check(&good, &wrong).await;
}

#[tokio::test]
async fn a_self_signed_certificate_authenticates_when_it_is_the_registered_one() {
    let good = Identity::self_signed("app.example.com").unwrap();
    let world =
        TlsWorld::new(|_| OAuthClient::self_signed_tls_client_auth("sdkClient", &good)).await;
    let same_name = Identity::self_signed("app.example.com").unwrap();
    let of_authority = world.authority.client("app.example.com").unwrap();
    world.check(&good, &[None, Some(&same_name), Some(&of_authority)]).await;
}

/// What a server announces that takes clients with a certificate below `base` only.
fn aliases(base: &str) -> Misbehavior {
    let at = |path: &str| Value::from(format!("{base}/{path}"));
    let aliases = json!({
        "token_endpoint": at("access_token"),
        "revocation_endpoint": at("token/revoke"),
        "userinfo_endpoint": at("userinfo"),
        "end_session_endpoint": at("connect/endSession"),
    });
    Misbehavior::Discovery("mtls_endpoint_aliases", Some(aliases))
}

fn alpha(server: &str) -> String {
    format!("{server}/oauth2/realms/root/realms/alpha")
}

#[tokio::test]
async fn a_client_with_a_certificate_shows_it_at_the_addresses_announced_for_it() {
    // The server's own address asks nobody for a certificate, another one does.
    let ordinary = |authority: &Authority| {
        OAuthClient::tls_client_auth("sdkClient", authority, "app.example.com")
    };
    let world = TlsWorld::with(ordinary, Tls::new).await;
    let server = world.authority.server(&["localhost"], Validity::Now).unwrap();
    let tls = Tls::for_any_client(&server).unwrap();
    let asking = FaultServer::tls_over(tls, world.am.service()).await.unwrap();
    let good = world.authority.client("app.example.com").unwrap();
    let error = world.client(Some(&good)).token(world.writer.account()).await.unwrap_err();
    assert_eq!(error.server().unwrap().error(), "invalid_client");

    world.am.misbehave(aliases(&alpha(&asking.url("/am"))));
    // AM has one issuer; the simulator's is the address that was asked.
    let issuer = alpha(&world.serving.url("/am"));
    world.am.misbehave(Misbehavior::IdTokenClaim("iss", Some(issuer.into())));

    lives(&world.client(Some(&good)), &world.writer, &world.am).await;
}

#[tokio::test]
async fn a_client_without_a_certificate_has_nothing_to_do_with_those_addresses() {
    let world = World::new().await;
    world.am.misbehave(aliases("https://am.example.com/nowhere"));
    lives(&world.client, &world.writer, &world.am).await;
}

#[tokio::test]
async fn endpoints_that_were_set_by_hand_win_over_what_is_announced_for_certificates() {
    let base = alpha(world::SERVER);
    let endpoints = Endpoints::new(format!("{base}/authorize"), format!("{base}/access_token"))
        .jwks(format!("{base}/connect/jwk_uri"))
        .revocation(format!("{base}/token/revoke"));
    let settings = world::settings().tls_client_auth().issuer(base).endpoints(endpoints);
    let world = World::with(world::demo(), settings).await;
    world.am.misbehave(aliases("https://am.example.com/nowhere"));
    lives(&world.client, &world.writer, &world.am).await;
}

#[tokio::test]
async fn an_address_for_certificates_without_tls_is_refused_before_the_session_is_sent() {
    let world = World::with(world::demo(), world::settings().tls_client_auth()).await;
    world.am.misbehave(aliases("http://mtls.example.com"));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted, "{error:?}");
    assert_eq!(world.am.count("GET", "/authorize"), 0);
}
