//! From a session to tokens, through their use, to their end.

use std::{error::Error as _, time::Duration};

use journey_core::{SignOutResult, SignOutStep, TokenErrorKind, TokenProvider};
use journey_testkit::{clock::ManualClock, sim::Misbehavior};
use secrecy::ExposeSecret;
use serde_json::json;

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
async fn what_else_a_server_sends_is_kept_also_in_the_store() {
    let world = World::new().await;
    let more = json!({"tier": ["gold", 7]});
    world.am.misbehave(Misbehavior::TokenResponse("x_customer", Some(more.clone())));
    let token = world.client.token(&world.account).await.unwrap();
    assert_eq!(token.extra()["x_customer"], more);
    for known in ["access_token", "refresh_token", "id_token", "token_type", "expires_in", "scope"]
    {
        assert!(!token.extra().contains_key(known), "{known}");
    }
    let next = world.other_client(crate::world::settings());
    let stored = next.token(world.other_account().account()).await.unwrap();
    assert_eq!(stored.extra(), token.extra());
    assert_eq!(world.token_requests(), 1);
}

#[tokio::test]
async fn a_token_that_comes_without_any_life_is_handed_out_by_the_call_that_got_it() {
    for life in [json!(0), json!(-1), json!("-1"), json!(0.4)] {
        let world = World::new().await;
        world.am.misbehave(Misbehavior::TokenResponse("expires_in", Some(life.clone())));
        for calls in 1..4 {
            let token = world.client.token(&world.account).await.unwrap();
            assert!(token.is_expired(world.clock.now()), "{life}");
            assert!(world.client.cached(&world.account).is_none(), "{life}");
            assert_eq!(world.token_requests(), calls, "{life}");
        }
    }
}

#[tokio::test]
async fn a_sign_in_by_a_wrong_clock_says_how_far_it_is_off() {
    let day = Duration::from_secs(24 * 3600);
    let world = World::new().await;
    for (now, text) in [
        (world.clock.now() + day, "the server's clock is 86400 s behind this one"),
        (world.clock.now() - day, "the server's clock is 86400 s ahead of this one"),
    ] {
        let (clock, settings) = (ManualClock::at(now), crate::world::settings());
        let wrong =
            crate::world::client_by(&world.am, &world.clock, &clock, settings, &world.storage);
        let error = wrong.token(&world.account).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Untrusted);
        let source = error.source().unwrap().to_string();
        assert!(source.contains(text), "{source}");
    }
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
