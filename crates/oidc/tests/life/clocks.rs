//! A token at hand by two clocks, one of which somebody has handed in.

use std::time::Duration;

use journey_core::TokenProvider;

use crate::world::{self, World};

const MOMENT: Duration = Duration::from_millis(10);

/// A token that was just found good by both clocks.
async fn at_hand(recheck: Duration) -> World {
    let world = World::with(world::demo(), world::settings().recheck(recheck)).await;
    world.client.token(&world.account).await.unwrap();
    assert!(is_at_hand(&world));
    world.clock.advance(MOMENT);
    assert!(is_at_hand(&world));
    world
}

fn is_at_hand(world: &World) -> bool {
    world.client.cached(&world.account).is_some()
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ended_while_the_machine_slept_is_not_handed_out() {
    let world = at_hand(Duration::MAX).await;
    world.clock.advance(Duration::from_secs(3600));
    assert!(!is_at_hand(&world));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ended_by_the_timer_is_not_handed_out_whatever_the_wall_clock_says() {
    let hour = Duration::from_secs(3600);
    for (ahead, back) in [(hour, hour + 2 * MOMENT), (Duration::from_secs(1), Duration::ZERO)] {
        let world = at_hand(Duration::MAX).await;
        tokio::time::advance(hour).await;
        world.clock.set(world.clock.now() + ahead - back);
        assert!(!is_at_hand(&world));
        world.clock.advance(MOMENT);
        assert!(!is_at_hand(&world), "nor a moment later");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ended_by_the_timer_is_not_handed_out_though_the_wall_clock_has_stopped() {
    let world = at_hand(Duration::MAX).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert!(!is_at_hand(&world));
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_again_in_time() {
    let world = at_hand(Duration::from_millis(500)).await;
    tokio::time::advance(MOMENT).await;
    for (by, expected) in [(489, true), (1, false)] {
        let by = Duration::from_millis(by);
        world.clock.advance(by);
        tokio::time::advance(by).await;
        assert_eq!(is_at_hand(&world), expected);
    }
}
