//! The tests: what hosts that share a Redis do to each other.

use std::{collections::HashSet, time::Duration};

use crate::{
    store::Place,
    world::{World, refreshes},
};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);
/// What is waited for when the holder of a lock has died.
const SHORT: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn four_hosts_with_fifty_callers_each_make_one_request() {
    let world = World::over(Place::with_lease(LONG)).await;
    let gate = world.am.hold_next(refreshes());
    let hosts: Vec<_> = (0..4).map(|_| world.start("")).collect();
    gate.arrived().await;
    gate.release();
    let mut tokens = HashSet::new();
    for host in hosts {
        let (host, token) = host.line("TOKEN").await;
        tokens.insert(token);
        host.kill();
    }
    assert_eq!(tokens.len(), 1);
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_died_with_the_lock_in_its_hand_holds_the_others_up_for_its_lease_only() {
    let world = World::over(Place::with_lease(SHORT)).await;
    let (host, _) = world.start("locked").line("STAGE").await;
    host.kill();
    assert!(world.token(None).await.is_ok(), "the refresh token is not spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stalls_cannot_put_its_tokens_over_newer_ones() {
    let world = World::over(Place::with_lease(SHORT)).await;
    let (mut stalled, _) = world.start_with(1, "before put").line("STAGE").await;
    let newer = world.token(Some(&world.session)).await.unwrap();

    stalled.go_on();
    let (stalled, older) = stalled.line("TOKEN").await;
    stalled.kill();

    assert_ne!(older, newer);
    world.am.clear_requests();
    assert_eq!(world.token(None).await, Ok(newer));
    assert_eq!(world.am.count("POST", "/access_token"), 0);
}
