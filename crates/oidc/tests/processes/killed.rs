//! A process that is killed, wherever it stands, leaves a store that signs in again without the user, or says
//! why not.

use journey_core::TokenErrorKind;

use crate::{
    store::Place,
    world::{World, refreshes},
};

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

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_it_stored_the_answer_leaves_the_old_tokens_whole() {
    use std::os::unix::process::ExitStatusExt;

    let world = World::over(Place::new()).await;
    let ended = world.start_with_short_files().end().await;
    assert!(
        ended.signal().is_some(),
        "it should have been killed in the middle of a file: {ended}"
    );
    assert_eq!(world.am.count_grant("refresh_token"), 1);
    assert!(world.has_stored_tokens().await);
    // The refresh token in there is spent: without a session the user is asked, with one not.
    assert!(world.token(Some(&world.session)).await.is_ok());
    assert_eq!(world.am.live_refresh_tokens().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_the_unlock_leaves_new_tokens_and_holds_nobody_up() {
    let world = World::over(Place::new()).await;
    let (process, _) = world.start("before unlock").line("STAGE").await;
    process.kill();
    world.am.clear_requests();
    assert!(world.token(None).await.is_ok());
    assert_eq!(world.am.count("POST", "/access_token"), 0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_ends_with_the_test_that_started_it() {
    let world = World::over(Place::new()).await;
    let gate = world.am.hold_next(refreshes());
    let process = world.start("");
    gate.arrived().await;
    let running = process.is_running();
    assert!(running());
    drop(process);
    assert!(!running());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_ends_when_nobody_can_tell_it_to_go_on() {
    let world = World::over(Place::new()).await;
    let (mut process, _) = world.start("locked").line("STAGE").await;
    process.hang_up();
    assert!(world.token(None).await.is_ok(), "nobody holds the lock");
}
