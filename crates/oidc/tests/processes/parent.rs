//! The tests: what the store is good for after other processes have used it.

use journey_core::TokenErrorKind;

use crate::{
    store::Place,
    world::{World, refreshes},
};

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_over_one_store_make_one_request() {
    let world = World::over(Place::new()).await;
    let gate = world.am.hold_next(refreshes());
    let (one, two) = (world.start(""), world.start(""));
    gate.arrived().await;
    gate.release();
    let ((one, first), (two, second)) = tokio::join!(one.line("TOKEN"), two.line("TOKEN"));
    assert_eq!(first, second);
    assert_eq!(world.am.count_grant("refresh_token"), 1);
    one.kill();
    two.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_with_fifty_callers_each_make_one_request() {
    let world = World::over(Place::new()).await;
    let gate = world.am.hold_next(refreshes());
    let mut processes: Vec<_> = (0..8).map(|_| world.start("")).collect();
    gate.arrived().await;
    gate.release();
    let mut tokens = std::collections::HashSet::new();
    for process in processes.drain(..) {
        let (process, token) = process.line("TOKEN").await;
        tokens.insert(token);
        process.kill();
    }
    assert_eq!(tokens.len(), 1);
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_with_the_lock_in_its_hand_holds_nobody_up() {
    let world = World::over(Place::new()).await;
    let (process, _) = world.start("locked").line("STAGE").await;
    process.kill();
    assert!(world.token(None).await.is_ok(), "the refresh token is not spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_the_server_acted_has_spent_nothing() {
    let world = World::over(Place::new()).await;
    let gate = world.am.hold_next(refreshes());
    let process = world.start("");
    gate.arrived().await;
    process.kill();
    assert!(world.token(None).await.is_ok(), "the refresh token is not spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_it_read_the_answer_is_made_up_for_by_the_session() {
    let world = World::over(Place::new()).await;
    let gate = world.am.hold_next_answer(refreshes());
    let process = world.start("");
    gate.arrived().await;
    process.kill();
    assert!(world.token(Some(&world.session)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_it_stored_the_answer_is_made_up_for_by_the_session() {
    let world = World::over(Place::new()).await;
    let (process, _) = world.start("before put").line("STAGE").await;
    process.kill();
    assert!(world.token(Some(&world.session)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_without_a_session_says_that_the_user_must_sign_in() {
    let world = World::over(Place::new()).await;
    let (process, _) = world.start("before put").line("STAGE").await;
    process.kill();
    assert_eq!(world.token(None).await, Err(TokenErrorKind::NeedsSignIn));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_after_it_stored_the_answer_leaves_it_to_all() {
    let world = World::over(Place::new()).await;
    let (process, _) = world.start("after put").line("STAGE").await;
    process.kill();
    world.am.clear_requests();
    assert!(world.token(None).await.is_ok());
    assert_eq!(world.am.count("POST", "/access_token"), 0);
}
