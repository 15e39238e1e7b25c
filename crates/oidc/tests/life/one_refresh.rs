//! However many ask, one request is made, and nobody can stop it or make it twice.

use std::{pin::pin, task::Poll, time::Duration};

use journey_core::{AccessToken, TokenError, TokenProvider};
use journey_testkit::sim::{Fault, Matcher};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;

use crate::world::{self, World};

async fn expired() -> World {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    world.am.clear_requests();
    world
}

fn refreshes() -> Matcher {
    Matcher::path("/access_token").grant_type("refresh_token")
}

type Call = JoinHandle<Result<AccessToken, TokenError>>;

fn call(world: &World) -> Call {
    let (client, account) = (world.client.clone(), world.account.clone());
    tokio::spawn(async move { client.token(&account).await })
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_of_an_expired_token_make_one_request() {
    let world = expired().await;
    let calls: Vec<Call> = (0..1000).map(|_| call(&world)).collect();
    let mut values = Vec::new();
    for call in calls {
        values.push(call.await.unwrap().unwrap().value().expose_secret().to_owned());
    }
    values.dedup();
    assert_eq!(values.len(), 1);
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_that_check_the_store_each_time_make_one_request() {
    let world = World::with(world::demo(), world::settings().recheck(Duration::ZERO)).await;
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    let calls: Vec<Call> = (0..1000).map(|_| call(&world)).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_share_one_failure() {
    let world = expired().await;
    world.am.fail_next(refreshes(), Fault::Status(503));
    let calls: Vec<Call> = (0..1000).map(|_| call(&world)).collect();
    for call in calls {
        assert!(call.await.unwrap().unwrap_err().is_retryable());
    }
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_forced_refreshes_at_once_are_one() {
    let world = expired().await;
    let gate = world.am.hold_next(refreshes());
    let first = call(&world);
    gate.arrived().await;
    let mut calls = Vec::new();
    for _ in 0..1000 {
        let (client, account) = (world.client.clone(), world.account.clone());
        calls.push(tokio::spawn(async move { client.refresh(&account).await }));
    }
    tokio::task::yield_now().await;
    gate.release();
    first.await.unwrap().unwrap();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_that_go_away_neither_stop_nor_repeat_the_refresh() {
    let world = expired().await;
    let gate = world.am.hold_next(refreshes());
    let calls: Vec<Call> = (0..1000).map(|_| call(&world)).collect();
    gate.arrived().await;
    for call in &calls[..999] {
        call.abort();
    }
    gate.release();
    calls.into_iter().next_back().unwrap().await.unwrap().unwrap();
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn when_every_caller_is_gone_the_new_tokens_are_still_stored() {
    let world = expired().await;
    let gate = world.am.hold_next_answer(refreshes());
    let lone = call(&world);
    gate.arrived().await;
    lone.abort();
    gate.release();

    let token = world.client.token(&world.account).await.unwrap();

    assert!(world.am.is_alive(token.value().expose_secret()));
    assert!(token.is_durable());
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn a_code_exchange_whose_caller_is_gone_still_brings_the_tokens_home() {
    let world = World::new().await;
    let gate = world.am.hold_next_answer("/access_token");
    let lone = call(&world);
    gate.arrived().await;
    lone.abort();
    gate.release();
    world.client.token(&world.account).await.unwrap();
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn many_clients_over_one_store_make_one_request() {
    let world = expired().await;
    let clients: Vec<_> =
        (0..8).map(|_| (world.other_client(world::settings()), world.other_account())).collect();
    let gate = world.am.hold_next(refreshes());
    let mut calls = vec![call(&world)];
    gate.arrived().await;
    for (client, writer) in clients {
        calls.push(tokio::spawn(async move { client.token(writer.account()).await }));
    }
    tokio::task::yield_now().await;
    gate.release();
    let mut values = Vec::new();
    for call in calls {
        values.push(call.await.unwrap().unwrap().value().expose_secret().to_owned());
    }
    values.dedup();
    assert_eq!(values.len(), 1);
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn the_old_token_is_served_while_a_due_one_is_renewed() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3599 - 30));
    let gate = world.am.hold_next(refreshes());

    for _ in 0..100 {
        let token = world.client.token(&world.account).await.unwrap();
        assert_eq!(token.value().expose_secret(), first.value().expose_secret());
    }

    gate.arrived().await;
    gate.release();
    let value = |token: AccessToken| token.value().expose_secret().to_owned();
    let old = value(first);
    while value(world.client.token(&world.account).await.unwrap()) == old {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test]
async fn a_token_that_is_not_due_is_left_alone() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    // The threshold of 60 s and half of it at most.
    world.clock.advance(Duration::from_secs(3599 - 91));
    world.client.token(&world.account).await.unwrap();
    assert_eq!(world.am.count_grant("refresh_token"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_early_refresh_is_not_tried_again_at_once() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3599 - 30));
    world.am.fail_next(refreshes(), Fault::RetryAfter(503, 10));
    for _ in 0..100 {
        world.client.token(&world.account).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(world.am.count_grant("refresh_token"), 1);

    tokio::time::advance(Duration::from_secs(10)).await;
    for _ in 0..100 {
        world.client.token(&world.account).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(world.am.count_grant("refresh_token"), 2);
}

#[tokio::test]
async fn a_forced_refresh_does_not_take_an_old_token_for_a_new_one() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3599 - 30));
    let gate = world.am.hold_next(refreshes());
    world.client.token(&world.account).await.unwrap();
    gate.arrived().await;
    let (client, account) = (world.client.clone(), world.account.clone());
    let forced = tokio::spawn(async move { client.refresh(&account).await });
    tokio::task::yield_now().await;
    // The early refresh fails, and its caller has the old token, which is good enough for it.
    world.am.fail_next(refreshes(), Fault::Status(503));
    gate.release();
    let second = forced.await.unwrap().unwrap();
    assert_ne!(second.value().expose_secret(), first.value().expose_secret());
}

#[tokio::test]
async fn one_accounts_refresh_never_blocks_anothers() {
    let world = expired().await;
    let other = journey_core::AccountWriter::new(
        world.account.server().clone(),
        world.account.realm().clone(),
        "second",
    );
    let session = world::sign_in(&world.am, world.account.realm(), "demo", "Ch4ng31t").await;
    other.set_session(Some(session));
    let gate = world.am.hold_next(refreshes());
    let held = call(&world);
    gate.arrived().await;

    world.client.token(other.account()).await.unwrap();

    assert!(!held.is_finished());
    gate.release();
    held.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
    let world = expired().await;
    world.am.misbehave(journey_testkit::sim::Misbehavior::RefreshWithoutRefreshToken);
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    world.writer.set_session(None);
    world.client.token(&world.account).await.unwrap();
    assert_eq!(world.am.count_grant("refresh_token"), 2);
}

#[tokio::test]
async fn a_forced_refresh_of_an_expired_token_costs_one_rotation() {
    let world = expired().await;
    world.client.refresh(&world.account).await.unwrap();
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn outside_a_runtime_there_is_an_error_and_no_panic() {
    let World { client, account, .. } = World::new().await;
    let outside = std::thread::spawn(move || {
        let mut call = pin!(client.token(&account));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match call.as_mut().poll(&mut context) {
            Poll::Ready(result) => result.err().map(|it| it.kind()),
            Poll::Pending => None,
        }
    });
    let kind = outside.join().unwrap();
    assert_eq!(kind, Some(journey_core::TokenErrorKind::Misconfigured));
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_ahead_costs_one_refresh() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    let day = Duration::from_secs(24 * 3600);
    let ahead = clock_apart(&world, true, day);
    for _ in 0..5 {
        ahead.token(&world.account).await.unwrap();
    }
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_back_does_not_serve_an_old_token_for_ever() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    let behind = clock_apart(&world, false, Duration::from_secs(24 * 3600));
    for _ in 0..5 {
        let token = behind.token(&world.account).await.unwrap();
        assert_ne!(token.value().expose_secret(), first.value().expose_secret());
    }
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_while_the_program_runs_is_noticed_by_the_other_clock() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    tokio::time::advance(Duration::from_secs(3600)).await;
    let token = world.client.token(&world.account).await.unwrap();
    assert_ne!(token.value().expose_secret(), first.value().expose_secret());
}

/// A client over the same store whose clock is apart from the server's.
fn clock_apart(world: &World, ahead: bool, by: Duration) -> journey_oidc::OidcClient {
    let now = if ahead { world.clock.now() + by } else { world.clock.now() - by };
    let clock = journey_testkit::clock::ManualClock::at(now);
    world::client_by(&world.am, &world.clock, &clock, world::settings(), &world.storage)
}
