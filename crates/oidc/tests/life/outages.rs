//! What was read of a server once outlasts its outages: neither its document nor its keys being away ends a
//! login.

use std::time::Duration;

use journey_core::{AccountWriter, TokenErrorKind, TokenProvider};
use journey_testkit::sim::{Fault, Misbehavior};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::world::{self, World};

const DOCUMENT: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/connect/jwk_uri";

/// What stands in for a server that is down or starts: a proxy's page, a container's 404.
fn outages() -> [Fault; 6] {
    [
        Fault::Status(503),
        Fault::Status(404),
        Fault::Status(302),
        Fault::Html,
        Fault::Json(200, json!([])),
        Fault::DropBefore,
    ]
}

/// Both clocks go on, so that what is known is asked for anew.
async fn later(world: &World, by: Duration) {
    world.clock.advance(by);
    tokio::time::advance(by).await;
}

async fn second_user(world: &World) -> AccountWriter {
    let (server, realm) = (world.account.server().clone(), world.account.realm().clone());
    let session = world::sign_in(&world.am, &realm, "demo", "Ch4ng31t").await;
    let writer = AccountWriter::new(server, realm, "second");
    writer.set_session(Some(session));
    writer
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_server_is_used_on_while_it_cannot_be_asked() {
    for path in [DOCUMENT, KEYS] {
        for outage in outages() {
            let world = World::new().await;
            world.client.token(&world.account).await.unwrap();
            later(&world, Duration::from_secs(3700)).await;
            world.am.fail_each(path, outage.clone());
            world.client.token(&world.account).await.unwrap();
            assert_eq!(world.am.count_grant("refresh_token"), 1, "{path} {outage:?}");
            assert!(world.am.count("GET", path) > 1, "{path} {outage:?}: nothing was asked");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_of_another_issuer_is_refused_however_good_the_one_before_was() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    later(&world, Duration::from_secs(3700)).await;
    let other = json!("https://evil.example.com/am/oauth2");
    world.am.misbehave(Misbehavior::Discovery("issuer", Some(other)));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Misconfigured, "{error:?}");
    assert_eq!(world.am.count_grant("refresh_token"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_read_is_a_passing_failure() {
    for outage in [Fault::Html, Fault::Json(200, json!([])), Fault::Status(503), Fault::DropBefore]
    {
        let world = World::new().await;
        world.am.fail_each(DOCUMENT, outage.clone());
        let error = world.client.token(&world.account).await.unwrap_err();
        assert!(error.is_retryable(), "{outage:?}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_new_keys_cannot_be_read_no_refresh_costs_a_login() {
    for outage in outages() {
        let world = World::new().await;
        let second = second_user(&world).await;
        for account in [&world.account, second.account()] {
            world.client.token(account).await.unwrap();
        }
        world.am.rotate_keys();
        world.am.fail_each(KEYS, outage.clone());
        for account in [&world.account, second.account()] {
            let refreshed = world.client.refresh(account).await.unwrap();
            assert!(world.am.is_alive(refreshed.value().expose_secret()), "{outage:?}");
        }
        // The refresh tokens that came are those that go on.
        for account in [&world.account, second.account()] {
            world.client.refresh(account).await.unwrap();
        }
        assert_eq!(world.am.count("GET", "/authorize"), 2, "{outage:?}: a grant was given up");
        world.am.clear_faults();
        later(&world, Duration::from_secs(5)).await;
        let asked = world.am.count("GET", KEYS);
        for account in [&world.account, second.account()] {
            world.client.refresh(account).await.unwrap();
        }
        assert_eq!(world.am.count("GET", KEYS), asked + 1, "{outage:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn new_keys_that_cannot_be_read_make_a_sign_in_a_passing_failure() {
    let world = World::new().await;
    let second = second_user(&world).await;
    world.client.token(&world.account).await.unwrap();
    world.am.rotate_keys();
    world.am.fail_each(KEYS, Fault::Status(503));
    for _ in 0..2 {
        let error = world.client.token(second.account()).await.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_keys_cannot_be_read_no_code_and_no_refresh_token_is_spent() {
    let world = World::new().await;
    world.am.fail_each(KEYS, Fault::Status(503));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(world.token_requests(), 0);

    world.am.clear_faults();
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    world.am.clear_requests();
    // Another process has the tokens from the store, and has never seen the keys.
    let (other, writer) = (world.other_client(world::settings()), world.other_account());
    world.am.fail_each(KEYS, Fault::Status(503));
    let error = other.token(writer.account()).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(world.token_requests(), 0);
    world.am.clear_faults();
    other.token(writer.account()).await.unwrap();
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}
