//! A code whose answer got lost is sent once more: nothing lives on that nobody has seen.

use journey_core::TokenProvider;
use journey_testkit::sim::{Fault, Matcher};
use secrecy::ExposeSecret;

use crate::world::World;

fn exchanges() -> Matcher {
    Matcher::path("/access_token").grant_type("authorization_code")
}

#[tokio::test]
async fn a_code_that_never_arrived_brings_its_tokens_when_it_is_sent_once_more() {
    let world = World::new().await;
    world.am.fail_next(exchanges(), Fault::DropBefore);

    world.client.token(&world.account).await.unwrap();

    assert_eq!(world.am.count("GET", "/authorize"), 1);
    assert_eq!(world.am.count_grant("authorization_code"), 2);
}

#[tokio::test]
async fn a_code_that_arrived_ends_the_tokens_that_got_lost_and_a_new_one_follows() {
    let world = World::new().await;
    world.am.fail_next(exchanges(), Fault::DropAfter);

    let token = world.client.token(&world.account).await.unwrap();

    assert_eq!(world.am.live_access_tokens(), [token.value().expose_secret()]);
    assert_eq!(world.am.live_refresh_tokens().len(), 1);
    assert_eq!(world.am.count("GET", "/authorize"), 2);
    assert_eq!(world.am.count_grant("authorization_code"), 3);
}

#[tokio::test]
async fn a_code_is_sent_twice_at_the_most_and_not_at_all_again_after_an_answer() {
    let world = World::new().await;
    for _ in 0..2 {
        world.am.fail_next(exchanges(), Fault::DropBefore);
    }
    let error = world.client.token(&world.account).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(world.am.count_grant("authorization_code"), 2);

    world.am.clear_requests();
    world.am.fail_next(exchanges(), Fault::Status(503));
    assert!(world.client.token(&world.account).await.unwrap_err().is_retryable());
    assert_eq!(world.am.count_grant("authorization_code"), 1);
}
