//! What becomes of a session: found again, asked about, kept alive, replaced, ended.

mod common;
#[expect(dead_code, reason = "not every test looks at all of a call")]
#[path = "../../testkit/tests/shared/watched.rs"]
mod watched;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use common::{PASSWORD, USER, answers, builder, journey, sign_in};
use journey_sdk::{
    Answers, ErrorKind, ExposeSecret, Journey, SignOutResult, SignOutStep, async_trait,
    storage::{self, Key, Memory, SecretBytes, Storage},
};
use journey_testkit::{
    clock::ManualClock,
    sim::{Am, Fault, Profile, Tree, User},
};
use watched::{Call, Watch, Watched};

#[tokio::test]
async fn a_user_is_found_again_after_a_restart() {
    let am = Am::demo();
    let store = Arc::new(Memory::new());
    let first = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    assert!(first.user().await.unwrap().is_none());
    let before = sign_in(&first).await.session().unwrap();

    let later = builder(&am).storage(store).build().unwrap();
    let user = later.user().await.unwrap().expect("the session is stored");
    let after = user.session().unwrap();
    assert_eq!(after.value().expose_secret(), before.value().expose_secret());
    assert_eq!(after.success_url(), before.success_url());
    assert_eq!(after.realm(), before.realm());
    assert!(user.session_is_valid().await.unwrap());
    assert!(user.logout().await.is_complete());
    assert!(am.live_sessions().is_empty());
}

#[tokio::test]
async fn users_of_several_slots_do_not_meet() {
    let am = Am::demo_builder().user("alpha", User::new("babs", "Passw0rd1")).build();
    let journey = journey(&am);
    let babs = Answers::new().name("babs").password("Passw0rd1");
    journey.start("Login").account("work").run(babs).await.unwrap();
    let demo = sign_in(&journey).await;
    assert!(demo.logout().await.is_complete());
    let work = journey.user_for("work").await.unwrap().expect("still signed in");
    assert_eq!(work.session_info().await.unwrap().username(), Some("babs"));
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn the_session_is_asked_about_and_kept_alive_on_both_kinds_of_server() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let clock = ManualClock::frozen_now();
        let am = Am::demo_builder().profile(profile).clock(clock.as_fn()).build();
        let idle = am.lifetimes().session_idle;
        let user = sign_in(&journey(&am)).await;
        assert_eq!(user.session_info().await.unwrap().username(), Some(USER));

        // Asking is no use of the session; keeping it alive is.
        clock.advance(idle * 2 / 3);
        user.keep_alive().await.unwrap();
        clock.advance(idle * 2 / 3);
        assert!(user.session_is_valid().await.unwrap(), "{profile:?}");
        clock.advance(idle * 2 / 3);
        assert!(!user.session_is_valid().await.unwrap(), "{profile:?}");

        let error = user.session_info().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionEnded);
        assert!(error.needs_sign_in());
        assert_eq!(user.keep_alive().await.unwrap_err().kind(), ErrorKind::SessionEnded);
        assert!(user.session().is_some(), "asking removes nothing");
    }
}

#[tokio::test]
async fn the_version_of_the_session_api_is_found_out_once_per_server() {
    let am = Am::demo_builder().profile(Profile::OpenAm16).build();
    let user = sign_in(&journey(&am)).await;
    user.session_info().await.unwrap();
    let first = am.count_action("getSessionInfo");
    user.session_info().await.unwrap();
    assert_eq!((first, am.count_action("getSessionInfo")), (2, 3), "one fall-back, remembered");
    assert!(user.logout().await.is_complete());
    assert_eq!(am.count_action("logout"), 1);
}

#[tokio::test]
async fn a_404_of_another_kind_is_an_error_and_no_fall_back() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    let unknown = serde_json::json!(
        {"code": 404, "reason": "Not Found", "message": "Realm &quot;/alpha&quot; not found"});
    am.fail_next("/sessions", Fault::Json(404, unknown));
    let error = user.session_info().await.unwrap_err();
    assert_eq!(error.server().unwrap().code(), 404);
    assert_eq!(am.count_action("getSessionInfo"), 1);
}

#[tokio::test]
async fn a_log_out_of_a_session_that_is_gone_is_done() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    am.kill_all_sessions();
    let report = user.logout().await;
    assert!(report.is_complete(), "{report:?}");
    assert!(matches!(report.result(SignOutStep::SessionLogout), Some(SignOutResult::AlreadyDone)));
}

#[tokio::test]
async fn a_log_out_wipes_whatever_the_server_says_and_the_rest_can_be_tried_again() {
    let am = Am::demo();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    for _ in 0..4 {
        am.fail_next("/sessions", Fault::Status(500));
    }
    let mut report = user.logout().await;
    assert!(matches!(report.result(SignOutStep::SessionLogout), Some(SignOutResult::Failed(_))));
    assert!(matches!(report.result(SignOutStep::Local), Some(SignOutResult::Done)));
    assert!(user.session().is_none());
    assert!(journey.user().await.unwrap().is_none());
    assert_eq!(am.live_sessions().len(), 1);

    am.clear_faults();
    let again = report.take_pending().expect("the session is still alive").retry().await;
    assert!(again.is_complete(), "{again:?}");
    assert!(am.live_sessions().is_empty());
}

#[tokio::test]
async fn a_log_out_removes_a_session_that_it_can_not_read_and_tells_of_it() {
    for stored in [&b"damaged"[..], br#"{"version":2,"value":{}}"#] {
        let (am, store) = (Am::demo(), Arc::new(Memory::new()));
        let user = sign_in(&builder(&am).storage(Arc::clone(&store)).build().unwrap()).await;
        let realm = user.session().unwrap().realm().as_str().to_owned();
        let key = Key::session(&common::server(&am), &realm, "default");
        store.put(&key, SecretBytes::from(stored.to_vec()), None).await.unwrap();

        let report = user.logout().await;

        assert!(report.is_complete() && report.may_remain(), "{report:?}");
        assert!(store.get(&key).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_log_out_tells_of_an_unreadable_session_though_the_store_refuses_after_removing_it() {
    let (am, store) = (Am::demo(), Arc::new(Watched::<Picky>::default()));
    let user = sign_in(&builder(&am).storage(Arc::clone(&store)).build().unwrap()).await;
    let realm = user.session().unwrap().realm().as_str().to_owned();
    let key = Key::session(&common::server(&am), &realm, "default");
    store.put(&key, SecretBytes::from(b"damaged".to_vec()), None).await.unwrap();
    store.refuse(storage::ErrorKind::Full);

    let mut report = user.logout().await;

    assert!(!report.is_complete() && report.may_remain(), "{report:?}");
    assert!(store.get(&key).await.unwrap().is_none());
    store.accept();
    let again = report.take_pending().expect("the tokens are not dead yet").retry().await;
    assert!(again.is_complete(), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_log_out_ends_within_its_deadline_though_the_server_never_answers() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    user.session_info().await.unwrap();
    am.fail_next("/sessions", Fault::Hang);
    let start = tokio::time::Instant::now();
    let report = user.logout().await;
    assert!(start.elapsed() <= Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(!report.is_complete());
    assert!(user.session().is_none());
}

#[tokio::test]
async fn a_log_out_that_is_dropped_runs_to_its_end() {
    let am = Am::demo();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    {
        let logout = user.logout();
        tokio::pin!(logout);
        tokio::select! {
            _ = &mut logout => panic!("the request is held back"),
            () = gate.arrived() => {}
        }
    }
    gate.release();
    journey.drain().await;
    assert!(am.live_sessions().is_empty());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_login_that_can_not_be_stored_counts_and_is_stored_later() {
    let am = Am::demo();
    let store = Arc::new(Watched::<Picky>::default());
    let journey = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    store.refuse(storage::ErrorKind::Full);
    let mut success = journey.start("Login").run(answers()).await.unwrap();
    assert_eq!(success.stored().unwrap_err().kind(), ErrorKind::Storage);
    let user = success.user().unwrap();
    assert!(user.session_is_valid().await.unwrap());
    assert!(success.store_again().await.is_err(), "there is still no space");

    // Whoever asks for the user finds the login although no store has it, and the drop of all
    // handles does not lose it.
    drop((success, user));
    assert!(journey.user().await.unwrap().is_some());
    store.accept();
    assert!(journey.user().await.unwrap().is_some());
    let later: Journey = builder(&am).storage(store).build().unwrap();
    assert!(later.user().await.unwrap().is_some(), "stored now");
}

#[tokio::test]
async fn a_store_that_can_not_be_read_is_an_error_and_no_sign_out() {
    let am = Am::demo();
    let store = Arc::new(Watched::<Picky>::default());
    let first = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let user = sign_in(&first).await;
    store.refuse(storage::ErrorKind::Unavailable);
    assert!(first.user().await.unwrap().is_some(), "who is in memory stays");
    let later = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let error = later.user().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.is_retryable());
    store.accept();
    assert!(later.user().await.unwrap().is_some());
    drop(user);
}

#[tokio::test]
async fn a_log_out_of_whoever_is_there_does_nothing_while_the_store_can_not_be_read() {
    let am = Am::demo();
    let store = Arc::new(Watched::<Picky>::default());
    sign_in(&builder(&am).storage(Arc::clone(&store)).build().unwrap()).await;
    let later = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    store.refuse(storage::ErrorKind::Unavailable);
    let mut report = later.logout().await;
    assert!(!report.result(SignOutStep::Local).unwrap().is_ok(), "{report:?}");
    assert!(report.take_pending().is_none(), "nothing was begun");
    store.accept();
    assert_eq!(am.live_sessions().len(), 1);
    assert!(later.logout().await.is_complete());
    assert!(am.live_sessions().is_empty() && later.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_log_out_elsewhere_is_seen_when_the_user_is_asked_for() {
    let am = Am::demo();
    let store = Arc::new(Memory::new());
    let here = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let there = builder(&am).storage(store).build().unwrap();
    let user = sign_in(&here).await;
    there.user().await.unwrap().unwrap().logout().await;
    assert!(here.user().await.unwrap().is_none());
    assert!(user.session().is_none());
}

#[tokio::test]
async fn a_step_up_replaces_the_session_in_the_users_own_slot_and_costs_no_tokens() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let am =
            Am::demo_builder().profile(profile).tree("alpha", Tree::password("Strong")).build();
        let journey = journey(&am);
        let success = journey.start("Login").account("work").run(answers()).await.unwrap();
        let user = success.user().unwrap();
        let (before, generation) = (user.session().unwrap(), user.account().generation());

        let run = journey.start("Strong").upgrade(&user).run(answers());
        let raised = run.await.unwrap().user().unwrap();
        assert_eq!(raised.account().name(), "work");
        assert_eq!(raised.account().generation(), generation, "tokens stay good");
        let after = user.session().unwrap();
        assert_ne!(after.value().expose_secret(), before.value().expose_secret(), "{profile:?}");
        assert!(user.session_is_valid().await.unwrap());
        assert!(!am.is_alive(before.value().expose_secret()), "the server replaced it");
    }
}

#[tokio::test]
async fn a_step_up_that_is_refused_leaves_the_session_as_it_was() {
    let am = Am::demo_builder().tree("alpha", Tree::password("Strong")).build();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    let before = user.session().unwrap();
    let wrong = Answers::new().name(USER).password("wrong");
    assert!(journey.start("Strong").upgrade(&user).run(wrong).await.is_err());
    let after = user.session().unwrap();
    assert_eq!(after.value().expose_secret(), before.value().expose_secret());
    assert!(user.session_is_valid().await.unwrap());

    user.logout().await;
    let failure = journey.start("Strong").upgrade(&user).await.unwrap_err();
    assert!(failure.error().needs_sign_in());
}

#[tokio::test]
async fn no_secret_is_shown_by_debug() {
    let am = Am::demo();
    let journey = journey(&am);
    let success = journey.start("Login").run(answers()).await.unwrap();
    let user = success.user().unwrap();
    let shown = format!("{success:?} {user:?} {journey:?} {:?}", user.session());
    let session = user.session().unwrap();
    assert!(!shown.contains(session.value().expose_secret()), "{shown}");
    assert!(!shown.contains(PASSWORD));
}

/// A store in memory that refuses when told.
#[derive(Debug, Default)]
struct Picky {
    refusal: Mutex<Option<storage::ErrorKind>>,
}

impl Picky {
    fn refusal(&self) -> MutexGuard<'_, Option<storage::ErrorKind>> {
        self.refusal.lock().expect("no test panics while it holds this")
    }

    fn refuse(&self, kind: storage::ErrorKind) {
        *self.refusal() = Some(kind);
    }

    fn accept(&self) {
        *self.refusal() = None;
    }
}

#[async_trait]
impl Watch for Picky {
    async fn before(&self, call: Call<'_>) -> Result<(), storage::Error> {
        match (call, *self.refusal()) {
            // A full disk can still be read.
            (Call::Get(_), Some(storage::ErrorKind::Full)) => Ok(()),
            (Call::Get(_) | Call::Put(_), Some(kind)) => {
                Err(storage::Error::new(kind, "the test says so"))
            }
            _ => Ok(()),
        }
    }
}
