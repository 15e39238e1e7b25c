//! A sign-out asks for the end of all tokens at once: a server that is silent about one hides no other.

use std::{sync::Arc, time::Duration};

use journey_core::{SignOutStep, TokenError, TokenErrorKind, TokenProvider};
use journey_testkit::sim::{Fault, Misbehavior};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    scopes::{memory, raise, two},
    staged::{Moment, Staged},
    world::{self, World},
};

/// How long each remote step of a sign-out may take.
const LIMIT: Duration = Duration::from_secs(4);

#[tokio::test(start_paused = true)]
async fn a_revocation_that_hangs_keeps_no_other_token_alive() {
    let (world, _) = two(memory()).await;
    let before = world.am.live_refresh_tokens();
    world.am.fail_next("/token/revoke", Fault::Hang);
    let start = Instant::now();

    let mut report = world.client.end(&world.account).await;

    assert_eq!(start.elapsed(), LIMIT);
    let steps: Vec<_> = report.steps().iter().map(|(step, it)| (*step, it.is_ok())).collect();
    let expected = [
        (SignOutStep::RevokeTokens, false),
        (SignOutStep::EndSession, true),
        (SignOutStep::Local, true),
    ];
    assert_eq!(steps, expected);
    let left = world.am.live_refresh_tokens();
    assert_eq!(left.len(), 1, "of {} before", before.len());
    assert!(world.am.live_access_tokens().is_empty(), "not even that of the same grant");
    let pending = report.take_pending().unwrap();
    assert_eq!(pending.steps().collect::<Vec<_>>(), [SignOutStep::RevokeTokens]);
    assert!(pending.retry().await.is_complete());
    assert!(world.nothing_lives());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_no_revocation_is_waited_for_once() {
    let (world, _) = two(memory()).await;
    world.am.fail_each("/token/revoke", Fault::Hang);
    let start = Instant::now();

    let mut report = world.client.end(&world.account).await;

    assert_eq!(start.elapsed(), LIMIT);
    world.am.clear_faults();
    let pending = report.take_pending().unwrap();
    assert_eq!(pending.steps().count(), 2, "each record by itself");
    assert!(pending.retry().await.is_complete());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn the_first_error_of_several_revocations_comes_back_and_all_can_be_tried_again() {
    let (world, _) = two(memory()).await;
    let refused = || Fault::Json(400, json!({"error": "invalid_client"}));
    world.am.fail_next("/token/revoke", Fault::RetryAfter(503, 5));
    for _ in 0..3 {
        world.am.fail_next("/token/revoke", refused());
    }

    let revocation = world.client.revoke(&world.account).await.unwrap();

    assert_eq!(world.am.count("POST", "/token/revoke"), 4);
    let error = revocation.error().unwrap().downcast_ref::<TokenError>().unwrap();
    assert_eq!(error.kind(), TokenErrorKind::Transient);
    assert!(!world.nothing_lives());
    assert!(revocation.into_pending().unwrap().retry().await.is_complete());
    assert!(world.nothing_lives());
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_hangs_saves_no_access_token_of_a_refused_exchange() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenWrongNonce);
    world.am.fail_next("/token/revoke", Fault::Hang);
    let start = Instant::now();

    assert!(world.client.token(&world.account).await.is_err());

    assert_eq!(start.elapsed(), LIMIT);
    assert!(world.am.live_access_tokens().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_sign_out_left_is_ended_at_once_and_waited_for_once() {
    let (world, _) = two(memory()).await;
    raise(&world).await;
    world.am.fail_each("/token/revoke", Fault::Hang);
    let start = Instant::now();

    let (next, writer) = (world.other_client(world::settings()), world.other_account());
    next.token(writer.account()).await.unwrap();

    assert_eq!(start.elapsed(), LIMIT);
}

#[tokio::test]
async fn a_sign_out_spares_what_was_stored_after_it_began() {
    let store = Staged::default();
    let (world, _) = two(Arc::new(store.clone())).await;
    let before = world.am.live_refresh_tokens();
    let hold = store.hold_next(Moment::BeforeTryLock);
    let (client, account) = (world.client.clone(), world.account.clone());
    let ending = tokio::spawn(async move { client.revoke(&account).await });
    hold.arrived().await;
    let (next, writer) = (world.other_client(world::settings()), world.other_account());
    next.token(writer.account()).await.unwrap();
    hold.release();

    assert!(ending.await.unwrap().unwrap().is_done());

    assert!(before.iter().all(|it| !world.am.is_alive(it)));
    assert_eq!(world.am.live_refresh_tokens().len(), 1);
    assert!(world.has_stored_tokens().await);
}
