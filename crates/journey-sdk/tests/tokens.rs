//! Users and their OpenID Connect tokens, through the facade alone.

#![cfg(feature = "oidc")]

#[expect(dead_code, reason = "here every journey has OpenID Connect plugged in")]
mod common;
#[expect(dead_code, reason = "not every test looks at all of a call")]
#[path = "../../testkit/tests/shared/watched.rs"]
mod watched;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use common::{answers, sign_in};
use journey_sdk::{
    Answers, ErrorKind, ExposeSecret, Journey, JourneyBuilder, OidcClient, SignOutResult,
    SignOutStep, TokenErrorKind, async_trait,
    storage::{self, Key, KeyPrefix, Memory, SecretBytes, Storage},
};
use journey_testkit::sim::{Am, Fault, Profile, Tree, User};
use watched::{Call, Watch, Watched};

fn builder(am: &Am) -> JourneyBuilder {
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    common::builder(am).oidc(oidc)
}

fn journey(am: &Am) -> Journey {
    builder(am).build().expect("the settings fit")
}

#[tokio::test]
async fn the_whole_life_of_a_login_on_both_kinds_of_server() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let am = Am::demo_builder().profile(profile).build();
        let journey = journey(&am);
        let user = sign_in(&journey).await;
        let session = user.session().unwrap();

        let token = user.token().await.unwrap();
        assert!(am.is_alive(token.value().expose_secret()), "{profile:?}");
        let again = user.token().await.unwrap();
        assert_eq!(again.value().expose_secret(), token.value().expose_secret());
        assert_eq!(user.user_info().await.unwrap().name(), Some("Demo User"));

        let refreshed = user.refresh().await.unwrap();
        assert_ne!(refreshed.value().expose_secret(), token.value().expose_secret());
        assert_eq!(am.count_grant("refresh_token"), 1);

        // Revoked tokens are dead at the server; the session lives and gets new ones.
        assert!(user.revoke().await.unwrap().is_done(), "{profile:?}");
        assert!(!am.is_alive(refreshed.value().expose_secret()));
        assert!(am.live_refresh_tokens().is_empty());
        assert!(am.is_alive(session.value().expose_secret()));
        let new = user.token().await.unwrap();
        assert!(am.is_alive(new.value().expose_secret()));

        let report = user.logout().await;
        assert!(report.is_complete(), "{profile:?}: {report:?}");
        assert!(am.live_sessions().is_empty());
        assert!(am.live_access_tokens().is_empty() && am.live_refresh_tokens().is_empty());
        assert!(journey.user().await.unwrap().is_none());
        let error = user.token().await.unwrap_err();
        assert!(error.needs_sign_in(), "{error:?}");
        am.assert_every_request_named_its_version();
    }
}

#[tokio::test]
async fn a_user_found_after_a_restart_authorizes_refreshes_and_signs_out_like_the_one_who_signed_in()
 {
    let am = Am::demo();
    let store = Arc::new(Memory::new());
    let build = || builder(&am).storage(Arc::clone(&store)).build().unwrap();
    sign_in(&build()).await;

    let authorized = build().user().await.unwrap().unwrap().token().await.unwrap();
    let user = build().user().await.unwrap().unwrap();
    let stored = user.token().await.unwrap();
    assert_eq!(stored.value().expose_secret(), authorized.value().expose_secret());
    let refreshed = build().user().await.unwrap().unwrap().refresh().await.unwrap();
    assert_ne!(refreshed.value().expose_secret(), authorized.value().expose_secret());

    let last = build();
    let report = last.user().await.unwrap().unwrap().logout().await;
    assert!(report.is_complete(), "{report:?}");
    let left = store.list(&KeyPrefix::all()).await.unwrap();
    let generations = left.iter().filter(|it| it.as_str().contains("/generation/")).count();
    assert_eq!(left.len(), generations, "only the count of sign-outs stays: {left:?}");
    assert!(am.live_sessions().is_empty() && am.live_refresh_tokens().is_empty());
    assert!(build().user().await.unwrap().is_none());
}

#[tokio::test]
async fn the_next_user_of_a_slot_never_gets_the_tokens_of_the_one_before() {
    let babs = User::new("babs", "Passw0rd1").name("Babs Jensen");
    let am = Am::demo_builder().user("alpha", babs).build();
    let store = Arc::new(Memory::new());
    let journey = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let elsewhere = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let demo = sign_in(&journey).await;
    let old = demo.token().await.unwrap();
    let old_elsewhere = elsewhere.user().await.unwrap().unwrap();
    old_elsewhere.token().await.unwrap();

    let answers = Answers::new().name("babs").password("Passw0rd1");
    let babs = journey.start("Login").run(answers).await.unwrap().user().unwrap();
    assert!(!am.is_alive(old.value().expose_secret()), "revoked at the server");
    for user in [babs, demo, elsewhere.user().await.unwrap().unwrap()] {
        let token = user.token().await.unwrap();
        assert_ne!(token.value().expose_secret(), old.value().expose_secret());
        assert_eq!(user.user_info().await.unwrap().name(), Some("Babs Jensen"));
    }
}

#[tokio::test]
async fn a_network_failure_costs_no_login() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    let token = user.token().await.unwrap();
    for fault in [Fault::DropBefore, Fault::Status(503), Fault::Html] {
        am.fail_next("/access_token", fault.clone());
        let error = user.refresh().await.unwrap_err();
        assert_eq!(error.token_kind(), Some(TokenErrorKind::Transient), "{fault:?}: {error:?}");
        assert!(error.is_retryable());
        assert!(!error.needs_sign_in());
        let still = user.token().await.unwrap();
        assert_eq!(still.value().expose_secret(), token.value().expose_secret());
    }
    assert!(user.refresh().await.is_ok());
}

#[tokio::test]
async fn a_code_that_the_server_calls_spent_is_followed_by_a_new_one() {
    // Something on the way repeated the exchange: the first answer is lost, the second is a refusal.
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    let spent = serde_json::json!({"error": "invalid_grant"});
    am.fail_next("/access_token", Fault::Json(400, spent));
    assert!(am.is_alive(user.token().await.unwrap().value().expose_secret()));
}

#[tokio::test]
async fn a_code_that_is_called_spent_twice_is_a_passing_failure() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    for _ in 0..2 {
        let spent = serde_json::json!({"error": "invalid_grant"});
        am.fail_next("/access_token", Fault::Json(400, spent));
    }
    let error = user.token().await.unwrap_err();
    assert_eq!(error.token_kind(), Some(TokenErrorKind::Transient), "{error:?}");
    assert!(am.is_alive(user.token().await.unwrap().value().expose_secret()));
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_leaves_no_known_token_alive_after_a_log_out() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let am = Am::demo_builder().profile(profile).build();
        let user = sign_in(&journey(&am)).await;
        let token = user.token().await.unwrap();
        am.fail_next("/access_token", Fault::DropAfter);
        assert!(user.refresh().await.unwrap_err().is_retryable());
        let report = user.logout().await;
        assert!(report.is_complete(), "{profile:?}: {report:?}");
        assert!(report.may_remain(), "{profile:?}: the new tokens never came here");
        assert!(!am.is_alive(token.value().expose_secret()), "{profile:?}");
    }
}

#[tokio::test]
async fn a_log_out_tells_of_tokens_that_nobody_here_can_revoke() {
    let (am, store) = (Am::demo(), Arc::new(Memory::new()));
    let user = sign_in(&builder(&am).storage(Arc::clone(&store)).build().unwrap()).await;
    let realm = user.session().unwrap().realm().as_str().to_owned();
    let key = Key::tokens(&common::server(&am), &realm, "default", "another", ["openid"]);
    store.put(&key, SecretBytes::from(b"{}".to_vec()), None).await.unwrap();

    let report = user.logout().await;

    assert!(report.is_complete() && report.may_remain(), "{report:?}");
    assert!(store.get(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_step_up_keeps_the_tokens_that_are_good() {
    let am = Am::demo_builder().tree("alpha", Tree::password("Strong")).build();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    let before = user.token().await.unwrap();
    journey.start("Strong").upgrade(&user).run(answers()).await.unwrap();
    let after = user.token().await.unwrap();
    assert_eq!(after.value().expose_secret(), before.value().expose_secret());
    assert!(am.is_alive(after.value().expose_secret()));
    assert_eq!(am.count("POST", "/token/revoke"), 0);
}

#[tokio::test]
async fn a_log_out_tells_of_tokens_that_the_store_did_not_show() {
    let (am, store) = (Am::demo(), Arc::new(Watched::<Full>::default()));
    let journey = || builder(&am).storage(Arc::clone(&store)).build().unwrap();
    sign_in(&journey()).await.token().await.unwrap();
    // The next run knows of them from the store alone.
    let user = journey().user().await.unwrap().unwrap();
    store.hides_tokens.store(true, Ordering::Relaxed);

    let mut report = user.logout().await;

    assert!(!report.is_complete() && report.may_remain(), "{report:?}");
    store.hides_tokens.store(false, Ordering::Relaxed);
    let again = report.take_pending().unwrap().retry().await;
    assert!(
        again.is_complete() && again.may_remain(),
        "removed now, and ended by nobody: {again:?}"
    );
}

#[tokio::test]
async fn dead_tokens_and_a_dead_session_need_a_new_sign_in() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    user.token().await.unwrap();
    for token in am.tokens_issued() {
        am.kill_token(&token);
    }
    let new = user.refresh().await.expect("the session gets new tokens");
    assert!(am.is_alive(new.value().expose_secret()));

    for token in am.tokens_issued() {
        am.kill_token(&token);
    }
    am.kill_all_sessions();
    let error = user.refresh().await.unwrap_err();
    assert!(error.needs_sign_in(), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Token);
}

#[tokio::test]
async fn tokens_are_ended_although_the_session_is_gone_already() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    let token = user.token().await.unwrap();
    am.kill_all_sessions();
    assert!(am.is_alive(token.value().expose_secret()), "tokens outlive the session");
    let report = user.logout().await;
    assert!(report.is_complete(), "{report:?}");
    assert!(am.live_refresh_tokens().is_empty() && am.live_access_tokens().is_empty());
    assert!(matches!(report.result(SignOutStep::SessionLogout), Some(SignOutResult::AlreadyDone)));
}

#[tokio::test]
async fn what_the_server_did_not_revoke_can_be_tried_again() {
    let am = Am::demo();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    user.token().await.unwrap();
    for _ in 0..6 {
        am.fail_next("/token/revoke", Fault::Status(500));
    }
    let mut report = user.logout().await;
    assert!(matches!(report.result(SignOutStep::RevokeTokens), Some(SignOutResult::Failed(_))));
    assert!(journey.user().await.unwrap().is_none(), "gone here all the same");
    assert_eq!(am.live_refresh_tokens().len(), 1);

    am.clear_faults();
    let again = report.take_pending().unwrap().retry().await;
    assert!(again.is_complete(), "{again:?}");
    assert!(am.live_refresh_tokens().is_empty());
}

#[tokio::test]
async fn a_wrong_client_is_told_and_costs_no_session() {
    let am = Am::demo();
    let oidc = OidcClient::builder("nobody").redirect_uri("http://localhost:8080/callback");
    let journey = common::builder(&am).oidc(oidc).build().unwrap();
    let user = journey.start("Login").run(answers()).await.unwrap().user().unwrap();
    let error = user.token().await.unwrap_err();
    assert!(!error.needs_sign_in(), "{error:?}");
    assert!(user.session_is_valid().await.unwrap());
}

#[tokio::test]
async fn a_store_that_is_full_at_the_next_login_hands_no_old_tokens_out() {
    let am = Am::demo_builder().user("alpha", User::new("babs", "Passw0rd1")).build();
    let store = Arc::new(Watched::<Full>::default());
    let first = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let old = sign_in(&first).await.token().await.unwrap();

    // A new process, so that nothing is known in memory, and no space.
    let second = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    store.is_full.store(true, Ordering::Relaxed);
    let answers = Answers::new().name("babs").password("Passw0rd1");
    let babs = second.start("Login").run(answers).await.unwrap().user().unwrap();
    let token = babs.token().await.unwrap();
    assert_ne!(token.value().expose_secret(), old.value().expose_secret());
    let info = babs.session_info().await.unwrap();
    assert_eq!(info.username(), Some("babs"));
    store.is_full.store(false, Ordering::Relaxed);
    babs.token().await.unwrap();
    let later = builder(&am).storage(store).build().unwrap().user().await.unwrap().unwrap();
    assert_eq!(later.session_info().await.unwrap().username(), Some("babs"), "stored by then");
    let later = later.token().await.unwrap();
    assert_ne!(later.value().expose_secret(), old.value().expose_secret());
}

#[tokio::test]
async fn a_token_asked_for_while_signing_out_is_not_got_with_the_session() {
    let am = Am::demo();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    user.token().await.unwrap();
    let gate = am.hold_next("/sessions");
    let logout = tokio::spawn({
        let user = user.clone();
        async move { user.logout().await }
    });
    gate.arrived().await;
    assert!(user.token().await.unwrap_err().needs_sign_in());
    assert!(journey.user().await.unwrap().is_none(), "the store still has it, but it is no login");
    gate.release();
    assert!(logout.await.unwrap().is_complete());
    assert!(am.live_access_tokens().is_empty() && am.live_refresh_tokens().is_empty());
    assert!(user.token().await.unwrap_err().needs_sign_in());
}

#[tokio::test]
async fn a_login_during_a_slow_sign_out_stays() {
    let am = Am::demo();
    let store = Arc::new(Memory::new());
    let journey = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let user = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    let logout = tokio::spawn(async move { user.logout().await });
    gate.arrived().await;
    let newer = sign_in(&journey).await;
    let token = newer.token().await.unwrap();
    gate.release();
    logout.await.unwrap();
    assert!(newer.session_is_valid().await.unwrap());
    assert!(am.is_alive(token.value().expose_secret()));
    let later = builder(&am).storage(store).build().unwrap();
    assert!(later.user().await.unwrap().is_some(), "and it is stored");
}

#[tokio::test]
async fn another_process_asks_with_the_new_users_session() {
    let am = Am::demo_builder().user("alpha", User::new("babs", "Passw0rd1").name("Babs")).build();
    let store = Arc::new(Memory::new());
    let here = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let there = builder(&am).storage(store).build().unwrap();
    sign_in(&here).await;
    let old = there.user().await.unwrap().unwrap();
    let answers = Answers::new().name("babs").password("Passw0rd1");
    here.start("Login").run(answers).await.unwrap();
    // Nobody asked `there` for its user again: the handle is the old one.
    assert_eq!(old.user_info().await.unwrap().name(), Some("Babs"));
}

/// A store in memory that has no space, or does not show tokens, when told.
#[derive(Debug, Default)]
struct Full {
    is_full: AtomicBool,
    hides_tokens: AtomicBool,
}

impl Full {
    fn shows(&self, key: &str) -> Result<(), storage::Error> {
        match self.hides_tokens.load(Ordering::Relaxed) && key.contains("/tokens/") {
            true => Err(storage::Error::new(storage::ErrorKind::Unavailable, "the test says so")),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Watch for Full {
    async fn before(&self, call: Call<'_>) -> Result<(), storage::Error> {
        match call {
            Call::Get(key) => self.shows(key.as_str()),
            Call::List(prefix) => self.shows(prefix.as_str()),
            Call::Put(_) if self.is_full.load(Ordering::Relaxed) => {
                Err(storage::Error::new(storage::ErrorKind::Full, "the test says so"))
            }
            Call::Put(_) | Call::Remove(_) | Call::Lock(..) => Ok(()),
        }
    }
}
