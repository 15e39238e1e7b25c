//! What goes wrong on the way leaves everything as it was.

use std::{sync::Arc, time::Duration};

use journey_core::{TokenError, TokenErrorKind, TokenProvider};
use journey_storage::{ErrorKind as StoreKind, Key, SecretBytes, Storage};
use journey_testkit::sim::{Fault, Matcher, Profile};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    staged::Staged,
    world::{self, World},
};

/// Everything that says nothing about the grant.
fn passing() -> Vec<Fault> {
    vec![
        Fault::Status(500),
        Fault::Status(502),
        Fault::Status(503),
        Fault::RetryAfter(429, 7),
        Fault::RetryAfter(503, 7),
        Fault::Html,
        Fault::Status(404),
        Fault::Status(302),
        Fault::DropBefore,
        Fault::Json(400, json!({"error": "server_error"})),
        Fault::Json(400, json!({"error": "temporarily_unavailable"})),
        Fault::Json(500, json!({"error": "invalid_grant"})),
        Fault::Json(200, json!({})),
        Fault::Json(200, json!([])),
        Fault::Json(200, json!({"access_token": "x"})),
    ]
}

async fn expired() -> World {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    world
}

fn refreshes() -> Matcher {
    Matcher::path("/access_token").grant_type("refresh_token")
}

#[tokio::test]
async fn a_refresh_that_fails_in_passing_costs_nothing() {
    for fault in passing() {
        let world = expired().await;
        let session = world.account.session();
        world.am.fail_next(refreshes(), fault.clone());
        let error = world.client.token(&world.account).await.unwrap_err();
        assert!(error.is_retryable(), "{fault:?}: {error:?}");
        assert!(world.has_stored_tokens().await, "{fault:?}");
        assert!(session.is_some() && world.am.live_sessions().len() == 1);
        world.am.clear_requests();

        world.client.token(&world.account).await.unwrap();

        assert_eq!(world.am.count_grant("refresh_token"), 1, "{fault:?}");
        assert_eq!(world.am.count("GET", "/authorize"), 0, "{fault:?}: the grant was given up");
    }
}

#[tokio::test]
async fn a_refusal_that_is_no_invalid_grant_keeps_the_tokens() {
    for error in ["invalid_client", "unauthorized_client", "invalid_request", "bad_request"] {
        let world = expired().await;
        world.am.fail_next(refreshes(), Fault::Json(400, json!({ "error": error })));
        let refused = world.client.token(&world.account).await.unwrap_err();
        assert_eq!(refused.server().unwrap().error(), error);
        assert_ne!(refused.kind(), TokenErrorKind::NeedsSignIn);
        assert!(world.has_stored_tokens().await);
    }
}

#[tokio::test]
async fn how_long_the_server_asked_to_wait_is_told() {
    let world = expired().await;
    world.am.fail_next(refreshes(), Fault::RetryAfter(503, 7));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_token_that_is_still_good_is_handed_out_while_the_server_is_down() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    // Within the threshold: due, and good for 20 seconds more.
    world.clock.advance(Duration::from_secs(3579));
    for _ in 0..3 {
        world.am.fail_next(refreshes(), Fault::Status(503));
        let token = world.client.token(&world.account).await.unwrap();
        assert_eq!(token.value().expose_secret(), first.value().expose_secret());
    }
}

#[tokio::test]
async fn a_caller_that_waits_for_the_failure_gets_the_token_that_is_still_good() {
    let world = World::with(world::demo(), world::settings().recheck(Duration::ZERO)).await;
    let first = world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3579));
    world.am.fail_next(refreshes(), Fault::Status(503));
    let token = world.client.token(&world.account).await.unwrap();
    assert_eq!(token.value().expose_secret(), first.value().expose_secret());
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test]
async fn the_failure_of_a_forced_refresh_hides_no_good_token_from_those_who_wait() {
    let world = World::with(world::demo(), world::settings().recheck(Duration::ZERO)).await;
    world.client.token(&world.account).await.unwrap();
    let gate = world.am.hold_next(refreshes());
    let call = |forced: bool| {
        let (client, account) = (world.client.clone(), world.account.clone());
        tokio::spawn(async move {
            match forced {
                true => client.refresh(&account).await,
                false => client.token(&account).await,
            }
        })
    };
    let forced = call(true);
    gate.arrived().await;
    let waiting = call(false);
    tokio::task::yield_now().await;
    world.am.fail_next(refreshes(), Fault::Status(503));
    gate.release();
    assert!(forced.await.unwrap().unwrap_err().is_retryable());
    assert!(waiting.await.unwrap().is_ok());
}

#[tokio::test]
async fn while_a_refresh_is_on_its_way_the_store_keeps_the_old_tokens() {
    let world = expired().await;
    let gate = world.am.hold_next(refreshes());
    let (client, account) = (world.client.clone(), world.account.clone());
    let call = tokio::spawn(async move { client.refresh(&account).await });
    gate.arrived().await;
    assert!(world.has_stored_tokens().await);
    gate.release();
    assert!(call.await.unwrap().is_ok());
}

#[tokio::test]
async fn invalid_grant_ends_the_refresh_token_and_the_session_takes_over() {
    let world = expired().await;
    for token in world.am.live_refresh_tokens() {
        world.am.kill_token(&token);
    }
    let token = world.client.token(&world.account).await.unwrap();
    assert!(world.am.is_alive(token.value().expose_secret()));
    assert_eq!(world.am.count_grant("refresh_token"), 1);
    assert_eq!(world.am.count_grant("authorization_code"), 2);
}

#[tokio::test]
async fn without_a_session_an_ended_grant_means_signing_in_again() {
    let world = expired().await;
    world.writer.set_session(None);
    for token in world.am.live_refresh_tokens() {
        world.am.kill_token(&token);
    }
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn);
    assert_eq!(error.server().unwrap().error(), "invalid_grant");
    assert!(!world.has_stored_tokens().await);
}

#[tokio::test]
async fn before_a_grant_is_given_up_the_store_is_read_again() {
    let world = expired().await;
    // Somebody without our lock has rotated in the meantime: a copy of the program from another
    // machine, over a store that knows no locks between them.
    let gate = world.am.hold_next(refreshes());
    let (client, account) = (world.client.clone(), world.account.clone());
    let refused = tokio::spawn(async move { client.token(&account).await });
    gate.arrived().await;
    let lone = Lockless(Arc::clone(&world.storage));
    let storage: Arc<dyn Storage> = Arc::new(lone);
    let other = world::client(&world.am, &world.clock, world::settings(), &storage);
    let writer = world.other_account();
    let rotated = other.token(writer.account()).await.unwrap();
    world.am.fail_next(refreshes(), Fault::Json(400, json!({"error": "invalid_grant"})));
    gate.release();

    let token = refused.await.unwrap().unwrap();

    assert_eq!(token.value().expose_secret(), rotated.value().expose_secret());
    assert!(world.has_stored_tokens().await);
}

#[tokio::test]
async fn a_lost_answer_is_survived_by_the_session_and_told_at_a_revocation_and_the_sign_out() {
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    let world = World::with(am, world::settings()).await;
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    world.am.fail_next(refreshes(), Fault::DropAfter);
    assert!(world.client.token(&world.account).await.unwrap_err().is_retryable());

    world.client.token(&world.account).await.unwrap();

    let revocation = world.client.revoke(&world.account).await.unwrap();
    assert!(revocation.is_done() && revocation.may_remain(), "{revocation:?}");
    let report = world.client.end(&world.account).await;
    assert!(report.is_complete());
    assert!(report.may_remain(), "the successor that got lost cannot be revoked");
}

#[tokio::test]
async fn an_outage_of_discovery_blocks_no_cached_and_no_stored_token() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    for _ in 0..3 {
        world.am.fail_next("/.well-known/openid-configuration", Fault::Status(503));
    }
    let other = world.other_client(world::settings());
    let found = other.token(world.other_account().account()).await.unwrap();
    assert_eq!(found.value().expose_secret(), first.value().expose_secret());
}

#[tokio::test]
async fn an_authorize_that_fails_never_touches_the_session() {
    for fault in [Fault::Status(500), Fault::Html, Fault::Status(401), Fault::Status(404)] {
        let world = World::new().await;
        world.am.fail_next("/authorize", fault.clone());
        assert!(world.client.token(&world.account).await.is_err(), "{fault:?}");
        assert!(world.account.session().is_some());
        assert_eq!(world.am.live_sessions().len(), 1, "{fault:?}");
        assert!(world.client.token(&world.account).await.is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_that_has_ended_means_signing_in_again() {
    let world = World::new().await;
    world.am.kill_all_sessions();
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn, "{error:?}");
}

#[tokio::test]
async fn a_store_that_refuses_new_tokens_gets_them_later() {
    let store = Staged::default();
    let world = over(&store).await;
    store.fail("put", StoreKind::Full);
    let token = world.client.token(&world.account).await.unwrap();
    assert!(!token.is_durable());
    let again = world.client.token(&world.account).await.unwrap();
    assert!(!again.is_durable());
    assert_eq!(again.value().expose_secret(), token.value().expose_secret());
    assert!(!world.has_stored_tokens().await);

    store.mend();

    let stored = world.client.token(&world.account).await.unwrap();
    assert!(stored.is_durable());
    assert_eq!(stored.value().expose_secret(), token.value().expose_secret());
    assert!(world.has_stored_tokens().await);
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn a_store_that_refused_tokens_and_has_newer_ones_since_gives_those() {
    for call in ["token", "refresh"] {
        let store = Staged::default();
        let world = over(&store).await;
        store.fail("put", StoreKind::Full);
        assert!(!world.client.token(&world.account).await.unwrap().is_durable());
        store.mend();
        world.clock.advance(Duration::from_secs(1));
        let elsewhere = world.other_client(world::settings());
        let newer = elsewhere.token(&world.account).await.unwrap();

        let token = match call {
            "token" => world.client.token(&world.account).await.unwrap(),
            _ => world.client.refresh(&world.account).await.unwrap(),
        };

        assert!(token.is_durable(), "{call}");
        assert_eq!(token.value().expose_secret(), newer.value().expose_secret(), "{call}");
        let stored = world.other_client(world::settings()).token(&world.account).await.unwrap();
        assert_eq!(stored.value().expose_secret(), newer.value().expose_secret(), "{call}");
        // Nobody uses those it refused any more, and the server honors them all the same.
        assert_eq!(world.am.live_refresh_tokens().len(), 2, "{call}");
        assert!(world.client.end(&world.account).await.is_complete(), "{call}");
        assert!(world.nothing_lives(), "{call}");
    }
}

#[tokio::test]
async fn a_store_that_is_away_hides_nothing_that_is_in_memory() {
    let store = Staged::default();
    let world = World::over(
        world::demo(),
        world::settings().recheck(Duration::ZERO),
        Arc::new(store.clone()),
    )
    .await;
    let first = world.client.token(&world.account).await.unwrap();
    for call in ["get", "list", "lock"] {
        store.fail(call, StoreKind::Unavailable);
    }
    let token = world.client.token(&world.account).await.unwrap();
    assert_eq!(token.value().expose_secret(), first.value().expose_secret());
}

#[tokio::test]
async fn troubles_of_the_store_are_told_apart_and_none_is_a_sign_out() {
    for (kind, expected) in [
        (StoreKind::Unavailable, TokenErrorKind::StoreUnavailable),
        (StoreKind::Corrupt, TokenErrorKind::StoreCorrupt),
        (StoreKind::WrongKey, TokenErrorKind::StoreDenied),
        (StoreKind::Denied, TokenErrorKind::StoreDenied),
    ] {
        let store = Staged::default();
        let world = over(&store).await;
        store.fail("get", kind);
        let error = world.client.token(&world.account).await.unwrap_err();
        assert_eq!(error.kind(), expected);
        assert!(world.am.requests().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_corrupt_entry_is_an_error_until_it_is_revoked_away() {
    let world = World::new().await;
    let account = &world.account;
    let (realm, name) = (account.realm().as_str(), account.name());
    let key = Key::tokens(world::SERVER, realm, name, "sdkClient", ["openid", "profile"]);
    world.storage.put(&key, SecretBytes::from(b"{".to_vec()), None).await.unwrap();
    for _ in 0..2 {
        let error = world.client.token(account).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::StoreCorrupt);
    }
    assert!(world.client.revoke(account).await.unwrap().is_done());
    assert!(world.client.token(account).await.is_ok());
}

#[tokio::test]
async fn a_revocation_the_server_did_not_take_can_be_tried_again() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.am.fail_next("/token/revoke", Fault::RetryAfter(503, 5));

    let revocation = world.client.revoke(&world.account).await.unwrap();

    assert!(!revocation.is_done());
    let error = revocation.error().unwrap().downcast_ref::<TokenError>().unwrap();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    assert!(!world.has_stored_tokens().await && world.client.cached(&world.account).is_none());
    assert!(!world.nothing_lives());
    let report = revocation.into_pending().unwrap().retry().await;
    assert!(report.is_complete(), "{report:?}");
    assert!(world.nothing_lives());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_holds_no_sign_out_up() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.am.fail_next("/token/revoke", Fault::Hang);
    world.am.fail_next("/connect/endSession", Fault::Hang);
    let start = tokio::time::Instant::now();

    let mut report = world.client.end(&world.account).await;

    assert!(start.elapsed() <= Duration::from_secs(9));
    assert!(!report.is_complete());
    assert!(!world.has_stored_tokens().await);
    assert!(report.take_pending().unwrap().retry().await.is_complete());
    assert!(world.nothing_lives());
}

async fn over(store: &Staged) -> World {
    World::over(world::demo(), world::settings(), Arc::new(store.clone())).await
}

/// A view of a store whose locks keep nobody out.
#[derive(Debug)]
struct Lockless(Arc<dyn Storage>);

#[async_trait::async_trait]
impl Storage for Lockless {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, journey_storage::Error> {
        self.0.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        _under: Option<&dyn journey_storage::Lock>,
    ) -> Result<(), journey_storage::Error> {
        self.0.put(key, value, None).await
    }

    async fn remove(
        &self,
        key: &Key,
        _under: Option<&dyn journey_storage::Lock>,
    ) -> Result<(), journey_storage::Error> {
        self.0.remove(key, None).await
    }

    async fn list(
        &self,
        prefix: &journey_storage::KeyPrefix,
    ) -> Result<Vec<Key>, journey_storage::Error> {
        self.0.list(prefix).await
    }

    async fn lock(
        &self,
        _key: &Key,
        wait: Duration,
    ) -> Result<Box<dyn journey_storage::Lock>, journey_storage::Error> {
        let elsewhere = Key::custom("other", "/", "", "lock", "");
        self.0.lock(&elsewhere, wait).await
    }
}
