//! One slot in several processes: whoever asks for tokens asks with the session of now, never with that of the user
//! before, wherever the others stand. Each journey here stands for a process; they share nothing but the store.

#![cfg(feature = "oidc")]

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "here every journey has OpenID Connect plugged in")]
mod common;
mod store;
mod unwilling;

use common::sign_in;
use journey_sdk::{
    Answers, ExposeSecret, Journey, NameCallback, Node, OidcClient, PasswordCallback, User,
};
use journey_testkit::sim;

use crate::store::{Moment, Store};

fn am() -> sim::Am {
    let babs = sim::User::new("babs", "Passw0rd1").name("Babs");
    let strong = sim::Tree::password("Strong");
    sim::Am::demo_builder().user("alpha", babs).tree("alpha", strong).build()
}

fn process(am: &sim::Am, store: &Store) -> Journey {
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    common::builder(am).oidc(oidc).storage(store.clone()).build().expect("the settings fit")
}

fn babs() -> Answers {
    Answers::new().name("babs").password("Passw0rd1")
}

/// Tokens of one session at least are what both of them get.
#[track_caller]
fn assert_same_session(one: &User, two: &User) {
    let session = |user: &User| user.session().expect("somebody is signed in");
    let (one, two) = (session(one), session(two));
    assert_eq!(one.value().expose_secret(), two.value().expose_secret());
}

async fn name(user: &User) -> Option<String> {
    user.user_info().await.expect("the server tells").name().map(str::to_owned)
}

#[tokio::test]
async fn a_change_of_user_at_the_last_moment_is_noticed_before_anything_is_asked() {
    let am = am();
    let store = Store::default();
    let there = process(&am, &store);
    let old = sign_in(&there).await;
    let demo = old.session().unwrap();
    // The provider of `there` is about to work for the demo user ..
    let stop = store.stop_at(Moment::Lock);
    let asked = tokio::spawn({
        let old = old.clone();
        async move { old.token().await }
    });
    stop.arrived().await;
    // .. when another process signs another one in.
    let here = process(&am, &store.elsewhere());
    here.start("Login").run(babs()).await.unwrap();
    am.clear_requests();
    stop.release();

    let token = asked.await.unwrap().unwrap();

    assert!(am.is_alive(token.value().expose_secret()));
    assert_eq!(name(&old).await.as_deref(), Some("Babs"));
    assert_eq!(am.count("GET", "/authorize"), 1, "nothing was asked with the old session");
    let session = old.session().unwrap();
    assert_ne!(session.value().expose_secret(), demo.value().expose_secret());
}

#[tokio::test]
async fn a_sign_in_killed_before_its_generation_began_is_finished_by_the_next_process() {
    let am = am();
    let store = Store::default();
    let first = process(&am, &store);
    let old = sign_in(&first).await;
    let before = old.token().await.unwrap();

    // Killed when the new session is stored, and nobody was told of it yet.
    let dying = store.of_the_dying();
    let stop = dying.stop_at(Moment::AfterSession);
    let killed = process(&am, &dying);
    tokio::spawn(async move { killed.start("Login").run(babs()).await.map(drop) });
    stop.arrived().await;

    let next = process(&am, &store.elsewhere());
    let user = next.user().await.unwrap().unwrap();
    assert_eq!(name(&user).await.as_deref(), Some("Babs"));
    assert_ne!(user.token().await.unwrap().value().expose_secret(), before.value().expose_secret());
    assert!(!am.is_alive(before.value().expose_secret()), "the earlier user's token lives on");
    // The first process finds out with its next call that asks the store.
    let renewed = old.refresh().await.unwrap();
    assert_ne!(renewed.value().expose_secret(), before.value().expose_secret());
    assert_eq!(name(&old).await.as_deref(), Some("Babs"));
}

#[tokio::test]
async fn of_two_who_sign_in_to_one_slot_at_once_the_later_one_stays_in_both_processes() {
    let am = am();
    let store = Store::default();
    let one = process(&am, &store);
    // The demo user's session is about to be stored; babs comes in between.
    let stop = store.stop_at(Moment::Session);
    let demo = tokio::spawn(async move { sign_in(&one).await });
    stop.arrived().await;
    let two = process(&am, &store.elsewhere());
    let babs = tokio::spawn(async move { two.start("Login").run(babs()).await });
    tokio::task::yield_now().await;
    stop.release();
    let (demo, babs) = (demo.await.unwrap(), babs.await.unwrap().unwrap().user().unwrap());

    let names = [name(&demo).await, name(&babs).await];

    let third = process(&am, &store.elsewhere());
    let stored = name(&third.user().await.unwrap().unwrap()).await;
    assert_eq!(names, [stored.clone(), stored]);
}

#[tokio::test]
async fn tokens_that_another_process_revoked_are_replaced_with_the_session_that_stays() {
    let am = am();
    let store = Store::default();
    let here = process(&am, &store);
    let user = sign_in(&here).await;
    let before = user.token().await.unwrap();
    let there = process(&am, &store.elsewhere());
    assert!(there.user().await.unwrap().unwrap().revoke().await.unwrap().is_done());

    let after = user.refresh().await.unwrap();

    assert_ne!(after.value().expose_secret(), before.value().expose_secret());
    assert!(am.is_alive(after.value().expose_secret()));
    assert_eq!(am.live_sessions().len(), 1);
}

#[tokio::test]
async fn a_user_whom_another_process_signed_out_has_to_sign_in_again() {
    let am = am();
    let store = Store::default();
    let here = process(&am, &store);
    let user = sign_in(&here).await;
    let there = process(&am, &store.elsewhere());
    assert!(there.user().await.unwrap().unwrap().logout().await.is_complete());
    am.clear_requests();

    assert!(user.token().await.unwrap_err().needs_sign_in());

    assert!(user.session().is_none());
    assert_eq!(am.count("GET", "/authorize"), 0, "nothing was asked with the ended session");
}

#[tokio::test]
async fn a_step_up_that_comes_home_after_another_users_sign_in_does_not_get_their_tokens() {
    let am = am();
    let store = Store::default();
    let here = process(&am, &store);
    let demo = sign_in(&here).await;
    demo.token().await.unwrap();
    let Node::Continue(mut step) = here.start("Strong").upgrade(&demo).await.unwrap() else {
        panic!("a step was expected");
    };
    step.callback_mut::<NameCallback>().unwrap().set_name(common::USER);
    step.callback_mut::<PasswordCallback>().unwrap().set_password(common::PASSWORD);
    let there = process(&am, &store.elsewhere());
    let babs = there.start("Login").run(babs()).await.unwrap().user().unwrap();
    let token_of_babs = babs.token().await.unwrap();

    let Node::Success(success) = step.next().await.unwrap() else { panic!("a success") };
    let raised = success.user().unwrap();

    let token = raised.token().await.unwrap();
    assert_ne!(token.value().expose_secret(), token_of_babs.value().expose_secret());
    assert_eq!(name(&raised).await.as_deref(), Some("Demo User"));
    assert!(
        !am.is_alive(token_of_babs.value().expose_secret()),
        "the replaced user's token lives on"
    );
    babs.refresh().await.unwrap();
    assert_eq!(name(&babs).await.as_deref(), Some("Demo User"), "the slot is the later one's");
}

#[tokio::test]
async fn a_refresh_that_holds_the_lock_does_not_keep_a_new_session_from_the_store() {
    let am = am();
    let store = Store::default();
    let here = process(&am, &store);
    let demo = sign_in(&here).await;
    let lock = store.lock_account().await;
    let there = process(&am, &store.elsewhere());

    let success = there.start("Login").run(babs()).await.unwrap();

    assert!(success.stored().is_ok());
    let third = process(&am, &store.elsewhere());
    let found = third.user().await.unwrap().unwrap();
    let (found, new) = (found.session().unwrap(), success.session().unwrap());
    assert_eq!(found.value().expose_secret(), new.value().expose_secret());
    lock.release().await.unwrap();
    demo.refresh().await.unwrap();
    assert_eq!(name(&demo).await.as_deref(), Some("Babs"));
}

#[tokio::test]
async fn a_step_up_that_is_stored_while_somebody_signs_in_shares_no_tokens() {
    let am = am();
    let store = Store::default();
    let here = process(&am, &store);
    let demo = sign_in(&here).await;
    let stop = store.stop_at(Moment::Session);
    let raising = tokio::spawn({
        let demo = demo.clone();
        async move { here.start("Strong").upgrade(&demo).run(common::answers()).await.map(drop) }
    });
    stop.arrived().await;
    let there = process(&am, &store.elsewhere());
    let babs = tokio::spawn(async move { there.start("Login").run(babs()).await });
    tokio::task::yield_now().await;
    stop.release();
    raising.await.unwrap().unwrap();
    let babs = babs.await.unwrap().unwrap().user().unwrap();
    babs.token().await.unwrap();
    let _ = demo.token().await;

    let names = [name(&demo).await, name(&babs).await];

    assert_eq!(names, [Some("Babs".to_owned()), Some("Babs".to_owned())]);
    assert_same_session(&demo, &babs);
}

#[tokio::test]
async fn a_log_out_ends_the_session_that_another_process_has_stepped_up() {
    let am = am();
    let store = Store::default();
    let user = sign_in(&process(&am, &store)).await;
    let there = process(&am, &store.elsewhere());
    let same = there.user().await.unwrap().unwrap();
    there.start("Strong").upgrade(&same).run(common::answers()).await.unwrap();

    let report = user.logout().await;

    assert!(report.is_complete(), "{report:?}");
    assert!(am.live_sessions().is_empty(), "the stepped-up session lives on");
    assert!(process(&am, &store.elsewhere()).user().await.unwrap().is_none());
}
