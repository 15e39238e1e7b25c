//! From a session to tokens, through their use, to their end.

use std::time::Duration;

use journey_core::{SignOutResult, SignOutStep, TokenErrorKind, TokenProvider};
use secrecy::ExposeSecret;

use crate::world::World;

#[tokio::test]
async fn a_session_becomes_tokens() {
    let world = World::new().await;
    let token = world.client.token(&world.account).await.unwrap();
    assert!(world.am.is_alive(token.value().expose_secret()));
    assert_eq!(token.scopes(), ["openid", "profile"]);
    assert_eq!(
        token.id_claims()["iss"],
        format!("{}/oauth2/realms/root/realms/alpha", crate::world::SERVER)
    );
    assert!(token.is_durable() && token.expires_at().is_some());
}

#[tokio::test]
async fn a_token_is_cached_without_asking_anybody() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    world.am.clear_requests();
    let again = world.client.cached(&world.account).unwrap();
    assert_eq!(again.value().expose_secret(), first.value().expose_secret());
    assert!(world.client.token(&world.account).await.is_ok());
    assert!(world.am.requests().is_empty());
}

#[tokio::test]
async fn an_expired_token_is_refreshed() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    let second = world.client.token(&world.account).await.unwrap();
    assert_ne!(second.value().expose_secret(), first.value().expose_secret());
    assert!(world.am.is_alive(second.value().expose_secret()));
    assert_eq!(world.am.count_grant("refresh_token"), 1);
    assert_eq!(second.id_claims()["sub"], first.id_claims()["sub"]);
}

#[tokio::test]
async fn a_forced_refresh_spends_one_refresh_token() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.client.refresh(&world.account).await.unwrap();
    assert_eq!(world.am.count_grant("refresh_token"), 1);
    assert_eq!(world.token_requests(), 2);
}

#[tokio::test]
async fn another_process_finds_the_tokens_in_the_store() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    let (client, writer) = (world.other_client(crate::world::settings()), world.other_account());
    writer.set_session(None);
    world.am.clear_requests();
    let found = client.token(writer.account()).await.unwrap();
    assert_eq!(found.value().expose_secret(), first.value().expose_secret());
    assert_eq!(found.id_claims(), first.id_claims());
    assert!(world.am.requests().is_empty(), "no discovery, no keys: all was verified before");
}

#[tokio::test]
async fn userinfo_says_who_the_user_is() {
    let world = World::new().await;
    let user = world.client.user_info(&world.account).await.unwrap();
    assert_eq!(user.name(), Some("Demo User"));
}

#[tokio::test]
async fn revoking_ends_the_tokens_and_leaves_the_session() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(world.nothing_lives());
    assert!(!world.has_stored_tokens().await);
    assert!(world.client.cached(&world.account).is_none());
    assert_eq!(world.am.live_sessions().len(), 1);
    let second = world.client.token(&world.account).await.unwrap();
    assert_ne!(second.value().expose_secret(), first.value().expose_secret());
}

#[tokio::test]
async fn signing_out_ends_tokens_and_session_and_leaves_nothing() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    let report = world.client.end(&world.account).await;
    assert!(report.is_complete(), "{report:?}");
    assert!(matches!(report.result(SignOutStep::RevokeTokens), Some(SignOutResult::Done)));
    assert!(matches!(report.result(SignOutStep::EndSession), Some(SignOutResult::Done)));
    assert!(world.nothing_lives());
    assert!(world.am.live_sessions().is_empty());
    assert!(!world.has_stored_tokens().await);
}

#[tokio::test]
async fn without_session_and_tokens_the_user_has_to_sign_in() {
    let world = World::new().await;
    world.writer.set_session(None);
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn);
    assert!(world.am.requests().is_empty());
}
