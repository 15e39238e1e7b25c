//! However many processes ask, one request is made.

use std::collections::HashSet;

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
    let mut tokens = HashSet::new();
    for process in processes.drain(..) {
        let (process, token) = process.line("TOKEN").await;
        tokens.insert(token);
        process.kill();
    }
    assert_eq!(tokens.len(), 1);
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}
