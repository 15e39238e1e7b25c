//! Sign-outs that meet, or that the store does not let end.

mod common;
#[expect(dead_code, reason = "not every test looks at all of a call")]
#[path = "../../testkit/tests/shared/watched.rs"]
mod watched;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use common::{answers, builder, journey, sign_in};
use journey_sdk::{
    Answers, Journey, SignOutResult, SignOutStep, async_trait,
    storage::{self, ErrorKind},
};
use journey_testkit::sim::{Am, Fault, User};
use watched::{Call, Watch, Watched};

#[tokio::test]
async fn a_second_log_out_ends_what_the_first_is_still_ending() {
    let am = Am::demo();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    let first = tokio::spawn({
        let user = user.clone();
        async move { user.logout().await }
    });
    gate.arrived().await;

    let second = user.logout().await;

    assert!(second.is_complete(), "{second:?}");
    assert!(am.live_sessions().is_empty());
    assert!(journey.user().await.unwrap().is_none());
    gate.release();
    assert!(first.await.unwrap().is_complete());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_slow_log_out_of_an_earlier_user_gives_nobody_back() {
    let am = Am::demo();
    let journey = journey(&am);
    let earlier = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    let first = tokio::spawn(async move { earlier.logout().await });
    gate.arrived().await;
    let later = sign_in(&journey).await;
    let other_gate = am.hold_next("/sessions");
    let second = tokio::spawn(async move { later.logout().await });
    other_gate.arrived().await;

    gate.release();
    first.await.unwrap();

    assert!(journey.user().await.unwrap().is_none(), "the later one is being signed out");
    other_gate.release();
    assert!(second.await.unwrap().is_complete());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn what_the_store_does_not_let_go_is_removed_by_another_try() {
    let (am, store) = (Am::demo(), Arc::new(Watched::<Stubborn>::default()));
    let program = || -> Journey { builder(&am).storage(Arc::clone(&store)).build().unwrap() };
    let journey = program();
    let user = sign_in(&journey).await;
    store.refuses.store(true, Ordering::SeqCst);
    let report = user.logout().await;
    assert!(matches!(report.result(SignOutStep::Local), Some(SignOutResult::Failed(_))));
    assert!(journey.user().await.unwrap().is_none(), "it is no login here");

    store.refuses.store(false, Ordering::SeqCst);
    let report = report.retried().await;

    assert!(report.is_complete(), "{report:?}");
    assert!(program().user().await.unwrap().is_none(), "nor for another run");
}

#[tokio::test]
async fn what_the_store_does_not_let_go_is_no_login_here_though_nobody_works_with_it() {
    let (am, store) = (Am::demo(), Arc::new(Watched::<Stubborn>::default()));
    let journey = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    drop(sign_in(&journey).await);
    store.refuses.store(true, Ordering::SeqCst);
    drop(journey.logout().await);
    assert!(journey.user().await.unwrap().is_none());

    store.refuses.store(false, Ordering::SeqCst);
    assert!(journey.logout().await.is_complete());
    let later = builder(&am).storage(store).build().unwrap();
    assert!(later.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_log_out_of_a_login_that_was_never_stored_does_not_bring_the_earlier_user_back() {
    let (am, store) = (with_babs(), Arc::new(Watched::<Stubborn>::default()));
    let program = || builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let journey = program();
    drop(sign_in(&journey).await);
    store.refuses.store(true, Ordering::SeqCst);
    let babs = sign_in_babs(&journey).await;
    store.refuses.store(false, Ordering::SeqCst);

    let report = babs.logout().await;

    assert!(report.is_complete() && report.may_remain(), "{report:?}");
    assert!(journey.user().await.unwrap().is_none());
    assert!(program().user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_slow_log_out_removes_its_session_though_a_later_login_is_not_stored_yet() {
    let (am, store) = (with_babs(), Arc::new(Watched::<Stubborn>::default()));
    let program = || builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let journey = program();
    let earlier = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    let logout = tokio::spawn(async move { earlier.logout().await });
    gate.arrived().await;
    store.refuses.store(true, Ordering::SeqCst);
    let babs = sign_in_babs(&journey).await;
    store.refuses.store(false, Ordering::SeqCst);
    gate.release();

    assert!(logout.await.unwrap().is_complete());

    assert!(program().user().await.unwrap().is_none(), "the store has nobody");
    assert!(babs.session_is_valid().await.unwrap(), "the later user stays");
    assert!(journey.user().await.unwrap().is_some());
    assert!(program().user().await.unwrap().is_some(), "and is stored by now");
}

#[tokio::test]
async fn another_log_out_ends_what_neither_server_nor_store_would_end() {
    let (am, store) = (Am::demo(), Arc::new(Watched::<Stubborn>::default()));
    let journey = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let user = sign_in(&journey).await;
    store.refuses.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        am.fail_next("/sessions", Fault::Status(500));
    }
    assert!(!user.logout().await.is_complete());
    assert_eq!(am.live_sessions().len(), 1);
    store.refuses.store(false, Ordering::SeqCst);
    am.clear_faults();

    assert!(journey.logout().await.is_complete());

    assert!(am.live_sessions().is_empty());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_that_am_gives_again_is_a_login_though_a_log_out_could_not_end_it() {
    let (am, store) = (Am::demo(), Arc::new(Watched::<Stubborn>::default()));
    let program = || builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let journey = program();
    let user = sign_in(&journey).await;
    let session = am.live_sessions();
    let gate = am.hold_next("/authenticate");
    let again = tokio::spawn(journey.start("Login").upgrade(&user).run(answers()).into_future());
    gate.arrived().await;
    store.refuses.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        am.fail_next("/sessions", Fault::Status(500));
    }
    assert!(!user.logout().await.is_complete());
    store.refuses.store(false, Ordering::SeqCst);
    am.clear_faults();

    gate.release();
    again.await.unwrap().expect("the session is enough for AM");

    assert_eq!(am.live_sessions(), session);
    let user = journey.user().await.unwrap().expect("it is signed in");
    assert!(user.session_is_valid().await.unwrap());
    assert!(program().user().await.unwrap().is_some(), "also for another run");
}

#[tokio::test]
async fn none_of_several_sessions_that_are_being_ended_is_a_login() {
    let (am, store) = (with_babs(), Arc::new(Watched::<Stubborn>::default()));
    let journey = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let earlier = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    let first = tokio::spawn(async move { earlier.logout().await });
    gate.arrived().await;
    store.refuses.store(true, Ordering::SeqCst);
    let babs = sign_in_babs(&journey).await;
    let other_gate = am.hold_next("/sessions");
    let second = tokio::spawn(async move { babs.logout().await });
    other_gate.arrived().await;
    store.refuses.store(false, Ordering::SeqCst);

    assert!(journey.user().await.unwrap().is_none(), "the store has the earlier one still");

    gate.release();
    other_gate.release();
    assert!(first.await.unwrap().is_complete() && second.await.unwrap().is_complete());
    assert!(am.live_sessions().is_empty());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_log_out_ends_the_session_though_a_mark_beside_it_is_damaged() {
    let (am, store) = (Am::demo(), Arc::new(Watched::<Stubborn>::default()));
    let program = || builder(&am).storage(Arc::clone(&store)).build().unwrap();
    sign_in(&program()).await;
    store.is_damaged.store(true, Ordering::SeqCst);

    let report = program().logout().await;

    assert!(am.live_sessions().is_empty(), "{report:?}");
    let local = report.result(SignOutStep::Local);
    assert!(matches!(local, Some(SignOutResult::Failed(_))), "{report:?}");
}

fn with_babs() -> Am {
    Am::demo_builder().user("alpha", User::new("babs", "Passw0rd1")).build()
}

async fn sign_in_babs(journey: &Journey) -> journey_sdk::User {
    let babs = Answers::new().name("babs").password("Passw0rd1");
    let success = journey.start("Login").run(babs).await.expect("the password is right");
    success.user().expect("the login is kept")
}

/// A store that takes and removes nothing, or can't read its own names, when told so.
#[derive(Debug, Default)]
struct Stubborn {
    refuses: AtomicBool,
    is_damaged: AtomicBool,
}

#[async_trait]
impl Watch for Stubborn {
    async fn before(&self, call: Call<'_>) -> Result<(), storage::Error> {
        let (refuses, kind) = match call {
            Call::Put(_) | Call::Remove(_) => (&self.refuses, ErrorKind::Unavailable),
            Call::List(_) => (&self.is_damaged, ErrorKind::Corrupt),
            Call::Get(_) | Call::Lock(..) => return Ok(()),
        };
        match refuses.load(Ordering::SeqCst) {
            true => Err(storage::Error::new(kind, "the test says so")),
            false => Ok(()),
        }
    }
}
