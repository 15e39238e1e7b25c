//! Programs that ask for different scopes, over one store and for one account.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use journey_core::{SignOutStep, TokenErrorKind, TokenProvider};
use journey_oidc::{OidcClient, OidcClientBuilder};
use journey_storage::{
    ErrorKind, File, Key, KeyPrefix, Memory, PlaintextFile, SealingKey, SecretBytes, Storage,
    raise_generation,
};
use journey_testkit::sim::{Fault, OAuthClient, Profile};
use secrecy::ExposeSecret;

use crate::{
    staged::Staged,
    world::{self, World},
};

fn asking_for(scopes: &[&str]) -> OidcClientBuilder {
    world::settings().scopes(scopes.iter().copied())
}

/// A user with tokens for `openid profile` and, in another program, for `openid` alone.
pub(crate) async fn two(storage: Arc<dyn Storage>) -> (World, OidcClient) {
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    let world = World::over(am, world::settings(), storage).await;
    let other = world.other_client(asking_for(&["openid"]));
    world.client.token(&world.account).await.unwrap();
    other.token(world.other_account().account()).await.unwrap();
    assert_eq!(world.am.live_refresh_tokens().len(), 2);
    world.am.clear_requests();
    (world, other)
}

pub(crate) fn memory() -> Arc<dyn Storage> {
    Arc::new(Memory::new())
}

#[tokio::test]
async fn programs_that_ask_for_other_scopes_keep_their_tokens_side_by_side() {
    let (world, other) = two(memory()).await;
    let first = world.client.token(&world.account).await.unwrap();
    let second = other.token(world.other_account().account()).await.unwrap();
    assert_eq!(first.scopes(), ["openid", "profile"]);
    assert_eq!(second.scopes(), ["openid"]);

    for (scopes, expected) in [(&["openid", "profile"][..], &first), (&["openid"], &second)] {
        // As the next run of each program finds them, without a session.
        let (next, writer) = (world.other_client(asking_for(scopes)), world.other_account());
        writer.set_session(None);
        let token = next.token(writer.account()).await.unwrap();
        assert_eq!(token.value().expose_secret(), expected.value().expose_secret());
        assert!(world.am.requests().is_empty());
    }
}

#[tokio::test]
async fn each_program_renews_its_own_tokens() {
    let (world, _) = two(memory()).await;
    world.clock.advance(Duration::from_secs(3700));
    for scopes in [&["openid", "profile"][..], &["openid"]] {
        let (next, writer) = (world.other_client(asking_for(scopes)), world.other_account());
        writer.set_session(None);
        assert_eq!(next.token(writer.account()).await.unwrap().scopes(), scopes);
    }
    assert_eq!(world.am.count_grant("refresh_token"), 2);
    assert_eq!(world.am.live_refresh_tokens().len(), 2);
}

#[tokio::test]
async fn scopes_in_another_order_are_the_same_scopes() {
    let (world, _) = two(memory()).await;
    let same = world.other_client(asking_for(&["profile", "openid", "profile"]));
    let token = same.token(world.other_account().account()).await.unwrap();
    assert_eq!(token.scopes(), ["openid", "profile"]);
    assert!(world.am.requests().is_empty());
}

#[tokio::test]
async fn no_token_for_other_scopes_is_handed_out() {
    let (world, _) = two(memory()).await;
    for scopes in [&["profile"][..], &["openid", "profile", "email"], &["openid", "email"]] {
        let (third, writer) = (world.other_client(asking_for(scopes)), world.other_account());
        writer.set_session(None);
        let error = third.token(writer.account()).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn, "{scopes:?}");
    }
}

/// Also in a program that has seen neither, whatever it asks for itself.
#[tokio::test]
async fn a_revocation_ends_the_tokens_for_all_scopes() {
    for scopes in [&["openid"][..], &["openid", "profile"], &["profile", "email"]] {
        let (world, other) = two(memory()).await;
        let (ending, writer) = (world.other_client(asking_for(scopes)), world.other_account());

        assert!(ending.revoke(writer.account()).await.unwrap().is_done());

        assert!(world.nothing_lives(), "{scopes:?}");
        assert!(!world.has_stored_tokens().await, "{scopes:?}");
        world.account.observe_generation(writer.account().generation());
        assert!(world.client.cached(&world.account).is_none());
        assert!(other.cached(&world.account).is_none());
    }
}

#[tokio::test]
async fn a_sign_out_ends_the_tokens_for_all_scopes() {
    let (world, _) = two(memory()).await;
    world.writer.set_session(None);

    let report = world.client.end(&world.account).await;

    assert!(report.is_complete(), "{report:?}");
    assert!(world.nothing_lives());
    assert!(!world.has_stored_tokens().await);
}

#[tokio::test]
async fn a_sign_out_leaves_the_tokens_of_another_client_alone() {
    let am = world::demo()
        .client("alpha", OAuthClient::public("sdkClient2").redirect_uri(world::REDIRECT));
    let world = World::with(am, world::settings()).await;
    let settings = OidcClient::builder("sdkClient2").redirect_uri(world::REDIRECT);
    world.client.token(&world.account).await.unwrap();
    world.other_client(settings).token(world.other_account().account()).await.unwrap();

    assert!(world.client.revoke(&world.account).await.unwrap().is_done());

    assert_eq!(world.am.live_refresh_tokens().len(), 1);
    assert!(world.has_stored_tokens().await);
}

#[tokio::test]
async fn what_a_killed_sign_out_left_is_ended_for_all_scopes() {
    let (world, _) = two(memory()).await;
    let before = world.am.live_refresh_tokens();
    raise(&world).await;

    let (next, writer) = (world.other_client(world::settings()), world.other_account());
    next.token(writer.account()).await.unwrap();

    assert!(before.iter().all(|it| !world.am.is_alive(it)));
    assert_eq!(world.am.live_refresh_tokens().len(), 1);
}

#[tokio::test]
async fn a_renewal_that_came_too_late_ends_what_a_killed_sign_out_left_for_other_scopes() {
    let (world, _) = two(memory()).await;
    world.clock.advance(Duration::from_secs(3700));
    let gate = world.am.hold_next("/access_token");
    let (client, account) = (world.client.clone(), world.account.clone());
    let renewal = tokio::spawn(async move { client.token(&account).await });
    gate.arrived().await;
    raise(&world).await;
    gate.release();

    assert!(renewal.await.unwrap().is_err());
    assert!(world.nothing_lives());
    assert!(!world.has_stored_tokens().await);
}

#[tokio::test]
async fn a_sign_out_that_can_not_list_the_store_ends_its_own_tokens_and_says_what_it_could_not() {
    let store = Staged::default();
    let (world, _) = two(Arc::new(store.clone())).await;
    let (ending, writer) = (world.other_client(world::settings()), world.other_account());
    writer.set_session(None);
    store.fail("list tokens", ErrorKind::Unavailable);

    let report = ending.end(writer.account()).await;

    let ok = |step| report.steps().iter().all(|(it, result)| *it != step || result.is_ok());
    assert!(ok(SignOutStep::RevokeTokens) && !ok(SignOutStep::Local), "{report:?}");
    assert_eq!(world.am.live_refresh_tokens().len(), 1, "those for the other scopes");
    store.mend();
    assert!(ending.end(writer.account()).await.is_complete());
    assert!(world.nothing_lives());
    assert!(!world.has_stored_tokens().await);
}

#[tokio::test]
async fn tokens_that_can_not_be_read_now_are_revoked_the_next_time() {
    let store = Staged::default();
    let (world, _) = two(Arc::new(store.clone())).await;
    let (ending, writer) = (world.other_client(world::settings()), world.other_account());
    writer.set_session(None);
    store.fail("get", ErrorKind::Unavailable);

    assert!(!ending.end(writer.account()).await.is_complete());

    store.mend();
    assert!(ending.end(writer.account()).await.is_complete());
    assert!(world.nothing_lives());
    assert!(!world.has_stored_tokens().await);
}

#[tokio::test]
async fn tokens_that_neither_store_nor_server_let_go_are_revoked_the_next_time() {
    let store = Staged::default();
    let (world, _) = two(Arc::new(store.clone())).await;
    store.fail("list tokens", ErrorKind::Unavailable);
    world.am.fail_each("/token/revoke", Fault::Status(503));

    world.client.revoke(&world.account).await.unwrap_err();

    store.mend();
    world.am.clear_faults();
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn tokens_that_the_server_did_not_end_are_revoked_by_the_sign_out_if_by_nobody_before() {
    let (world, _) = two(memory()).await;
    world.am.fail_each("/token/revoke", Fault::Status(503));
    assert!(!world.client.revoke(&world.account).await.unwrap().is_done());
    world.am.clear_faults();

    let report = world.client.end(&world.account).await;
    assert!(report.is_complete(), "{report:?}");
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn a_damaged_entry_of_another_program_stands_in_the_way_of_no_revocation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let storage: Arc<dyn Storage> = Arc::new(PlaintextFile::open(&path).await.unwrap());
    let world = World::over(world::demo(), world::settings(), storage).await;
    world.client.token(&world.account).await.unwrap();
    let mine = entries(&path);
    for scopes in [&["openid"][..], &["profile"]] {
        let other = world.other_client(asking_for(scopes));
        other.token(world.other_account().account()).await.unwrap();
    }
    let damaged = entries(&path).into_iter().find(|it| !mine.contains(it)).unwrap();
    std::fs::write(damaged, "damaged").unwrap();

    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert_eq!(world.am.live_refresh_tokens().len(), 1, "of the damaged entry");
}

#[tokio::test]
async fn an_entry_that_does_not_tell_whose_it_is_holds_no_sign_out_up_and_is_told_of() {
    for unreadable in ["damaged".as_bytes(), b"JNYS\xff of a newer release"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let sealed = File::open(&path, SealingKey::generate().unwrap()).await.unwrap();
        let world = World::over(world::demo(), world::settings(), Arc::new(sealed)).await;
        let other = world.other_client(asking_for(&["openid"]));
        other.token(world.other_account().account()).await.unwrap();
        std::fs::write(&entries(&path)[0], unreadable).unwrap();
        world.client.token(&world.account).await.unwrap();

        let report = world.client.end(&world.account).await;

        assert!(report.is_complete() && report.may_remain(), "{report:?}");
        assert_eq!(entries(&path).len(), 2, "the counter and what may be another client's");
        assert_eq!(world.am.live_refresh_tokens().len(), 1, "of the unreadable entry");
    }
}

#[tokio::test]
async fn a_damaged_entry_is_revoked_away_although_no_listing_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let storage: Arc<dyn Storage> = Arc::new(PlaintextFile::open(&path).await.unwrap());
    let world = World::over(world::demo(), world::settings(), storage).await;
    world.client.token(&world.account).await.unwrap();
    let entries = entries(&path);
    assert_eq!(entries.len(), 1, "the tokens");
    std::fs::write(&entries[0], "damaged").unwrap();

    let (next, writer) = (world.other_client(world::settings()), world.other_account());
    let error = next.token(writer.account()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::StoreCorrupt);
    let revocation = next.revoke(writer.account()).await.unwrap();
    assert!(revocation.is_done() && revocation.may_remain());
    assert!(next.token(writer.account()).await.is_ok());
    assert!(next.end(writer.account()).await.may_remain(), "what the damaged entry held");
}

#[tokio::test]
async fn it_is_known_without_a_request_whether_tokens_can_be_gone_on_with() {
    let store = Staged::default();
    let (world, _) = two(Arc::new(store.clone())).await;
    let (third, who) = (world.other_client(asking_for(&["profile"])), &world.account);
    assert!(world.client.has_tokens(who).await);
    assert!(!third.has_tokens(who).await, "they are for other scopes");
    store.fail("get", ErrorKind::Unavailable);
    assert!(third.has_tokens(who).await, "what can't be read may be good");
    store.mend();
    world.clock.advance(Duration::from_secs(24 * 3600));
    assert!(world.client.has_tokens(who).await, "they can be refreshed");
    assert!(world.am.requests().is_empty());

    store.fail("put", ErrorKind::Full);
    third.token(who).await.unwrap();
    assert!(third.has_tokens(who).await, "memory has them");
}

#[tokio::test]
async fn tokens_that_have_ended_and_can_not_be_refreshed_are_nothing_to_go_on_with() {
    let client =
        OAuthClient::public("sdkClient").redirect_uri(world::REDIRECT).without_refresh_tokens();
    let world = World::with(world::demo().client("alpha", client), world::settings()).await;
    world.client.token(&world.account).await.unwrap();
    assert!(world.client.has_tokens(&world.account).await);
    world.clock.set(world.clock.now() - Duration::from_secs(3600));
    assert!(world.client.has_tokens(&world.account).await, "they are good once the clock is set");
    world.clock.advance(Duration::from_secs(25 * 3600));
    assert!(!world.client.has_tokens(&world.account).await);
}

#[tokio::test]
async fn what_a_newer_release_has_stored_stands_in_the_way_of_no_sign_out() {
    let (world, _) = two(memory()).await;
    for key in world.storage.list(&KeyPrefix::all()).await.unwrap() {
        if key.as_str().contains("/tokens/") {
            let newer = SecretBytes::from(br#"{"version":2,"value":{}}"#.to_vec());
            world.storage.put(&key, newer, None).await.unwrap();
        }
    }
    let (next, writer) = (world.other_client(world::settings()), world.other_account());
    let error = next.token(writer.account()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::StoreCorrupt);

    let revocation = next.revoke(writer.account()).await.unwrap();
    assert!(revocation.is_done() && revocation.may_remain());

    assert!(!world.has_stored_tokens().await);
    let report = next.end(writer.account()).await;
    assert!(report.is_complete() && report.may_remain(), "{report:?}");
}

fn entries(store: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(store.join("entries-1")).unwrap();
    entries.map(|it| it.unwrap().path()).collect()
}

/// As a sign-out does it that is killed right after.
pub(crate) async fn raise(world: &World) {
    let counter = Key::generation(world::SERVER, world.account.realm().as_str(), "default");
    raise_generation(&*world.storage, &counter).await.unwrap();
}
