//! What an earlier run left in the store: whether somebody is signed in, and what a sign-out finds.

#![cfg(feature = "oidc")]

#[expect(dead_code, reason = "here every journey has OpenID Connect plugged in")]
mod common;

use std::sync::Arc;

use common::sign_in;
#[cfg(feature = "file")]
use journey_sdk::storage::{File, SealingKey};
use journey_sdk::{
    ExposeSecret, Journey, OidcClient,
    storage::{Key, KeyPrefix, Memory, SecretBytes, Storage, raise_generation},
};
use journey_testkit::sim::Am;

/// A program that asks for these scopes.
fn program<S: Storage>(am: &Am, store: &Arc<S>, scopes: &[&str]) -> Journey {
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    let builder = common::builder(am).storage(Arc::clone(store));
    builder.oidc(oidc.scopes(scopes.iter().copied())).build().expect("the settings fit")
}

/// A user has signed in and got tokens for `openid profile`; the session is gone, the tokens are good.
async fn tokens_alone() -> (Am, Arc<Memory>) {
    let (am, store) = (Am::demo(), Arc::new(Memory::new()));
    let user = sign_in(&program(&am, &store, &["openid", "profile"])).await;
    user.token().await.expect("the session gets tokens");
    store.remove(&key(&am, Key::session), None).await.expect("memory forgets");
    am.kill_all_sessions();
    (am, store)
}

fn key(am: &Am, of: fn(&str, &str, &str) -> Key) -> Key {
    of(&common::server(am), "/alpha", "default")
}

fn is_tokens(key: &Key) -> bool {
    key.as_str().contains("/tokens/")
}

#[tokio::test]
async fn tokens_that_are_good_are_a_login_without_a_session() {
    let (am, store) = tokens_alone().await;
    let user = program(&am, &store, &["profile", "openid"]).user().await.unwrap().unwrap();
    assert!(am.is_alive(user.token().await.unwrap().value().expose_secret()));
}

#[tokio::test]
async fn tokens_for_other_scopes_alone_are_no_login() {
    let (am, store) = tokens_alone().await;
    let changed = program(&am, &store, &["openid"]);
    assert!(changed.user().await.unwrap().is_none());
    assert_eq!(am.live_refresh_tokens().len(), 1, "another program may use them");
}

#[tokio::test]
async fn whoever_signs_in_next_ends_tokens_for_other_scopes() {
    let (am, store) = tokens_alone().await;
    sign_in(&program(&am, &store, &["openid"])).await;
    assert!(am.live_refresh_tokens().is_empty() && am.live_access_tokens().is_empty());
}

#[tokio::test]
async fn a_log_out_of_whoever_is_there_ends_tokens_for_other_scopes() {
    let (am, store) = tokens_alone().await;
    let report = program(&am, &store, &["openid"]).logout().await;
    assert!(report.is_complete() && !report.may_remain(), "{report:?}");
    assert!(am.live_refresh_tokens().is_empty() && am.live_access_tokens().is_empty());
}

#[tokio::test]
async fn tokens_that_a_sign_out_has_left_dead_are_no_login() {
    let (am, store) = tokens_alone().await;
    let same = program(&am, &store, &["openid", "profile"]);
    assert!(same.user().await.unwrap().is_some());
    raise_generation(&*store, &key(&am, Key::generation)).await.unwrap();
    assert!(same.user().await.unwrap().is_none());
}

#[tokio::test]
async fn tokens_are_no_login_for_a_program_without_a_provider() {
    let (am, store) = tokens_alone().await;
    let without = common::builder(&am).storage(Arc::clone(&store)).build().unwrap();
    assert!(without.user().await.unwrap().is_none());
    let report = without.logout().await;
    assert!(report.is_complete() && report.may_remain(), "{report:?}");
    assert!(store.list(&KeyPrefix::all()).await.unwrap().iter().all(|it| !is_tokens(it)));
}

#[tokio::test]
async fn a_log_out_of_whoever_is_there_removes_what_can_not_be_read() {
    let (am, store) = tokens_alone().await;
    for key in store.list(&KeyPrefix::all()).await.unwrap().iter().filter(|it| is_tokens(it)) {
        store.put(key, SecretBytes::from(b"damaged".to_vec()), None).await.unwrap();
    }
    let session = key(&am, Key::session);
    store.put(&session, SecretBytes::from(b"damaged".to_vec()), None).await.unwrap();
    let journey = program(&am, &store, &["openid"]);
    assert!(journey.user().await.is_err());

    let report = journey.logout().await;

    assert!(report.is_complete() && report.may_remain(), "{report:?}");
    assert!(store.get(&session).await.unwrap().is_none());
    assert!(store.list(&KeyPrefix::all()).await.unwrap().iter().all(|it| !is_tokens(it)));
    assert!(journey.user().await.unwrap().is_none());
}

#[cfg(feature = "file")]
#[tokio::test]
async fn a_log_out_removes_tokens_of_a_file_that_do_not_tell_whose_they_are() {
    for unreadable in ["damaged".as_bytes(), b"JNYS\xff of a newer release"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let key = SealingKey::generate().unwrap();
        let (am, store) = (Am::demo(), Arc::new(File::open(&path, key).await.unwrap()));
        let others = Key::tokens(&common::server(&am), "/alpha", "default", "sdkClient", ["email"]);
        store.put(&others, SecretBytes::from(b"of another program".to_vec()), None).await.unwrap();
        for entry in std::fs::read_dir(path.join("entries-1")).unwrap() {
            std::fs::write(entry.unwrap().path(), unreadable).unwrap();
        }
        let journey = program(&am, &store, &["openid"]);
        sign_in(&journey).await.token().await.unwrap();

        let report = journey.logout().await;

        assert!(report.is_complete() && report.may_remain(), "{report:?}");
        assert!(am.live_refresh_tokens().is_empty(), "of what can be read");
        assert!(store.get(&others).await.unwrap().is_none());
        assert!(!journey.logout().await.may_remain());
    }
}
