//! Tokens that came and are not taken never live on unseen: the server is told, at once where that costs
//! nothing that is still used, else at the latest with the sign-out.

use std::{sync::Arc, time::Duration};

use journey_core::{TokenError, TokenErrorKind, TokenProvider};
use journey_storage::{ErrorKind as StoreKind, Storage};
use journey_testkit::sim::{Fault, Matcher, Misbehavior, OAuthClient, Profile};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    staged::Staged,
    world::{self, World},
};

async fn openam() -> World {
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    World::with(am, world::settings()).await
}

/// A world whose refresh was refused, and what it still holds.
async fn refused(world: &World) {
    world.client.token(&world.account).await.unwrap();
    world.am.misbehave(Misbehavior::IdTokenOtherSub);
    let error = world.client.refresh(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted);
    world.am.behave();
}

#[tokio::test]
async fn the_tokens_of_an_exchange_that_is_refused_are_ended() {
    for misbehavior in [
        Misbehavior::IdTokenBadSignature,
        Misbehavior::IdTokenMissing,
        Misbehavior::TokenResponse("token_type", Some(json!("DPoP"))),
        Misbehavior::TokenResponse("token_type", None),
    ] {
        let world = World::new().await;
        world.am.misbehave(misbehavior.clone());
        assert!(world.client.token(&world.account).await.is_err());
        assert_eq!(world.am.tokens_issued().len(), 2, "{misbehavior:?}");
        assert!(world.nothing_lives(), "{misbehavior:?}");
        assert_eq!(world.am.live_sessions().len(), 1);
    }
}

#[tokio::test]
async fn a_revocation_that_fails_hides_no_refusal_and_is_told_at_the_sign_out() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenWrongNonce);
    world.am.fail_next("/token/revoke", Fault::Status(503));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted);
    assert!(!world.nothing_lives());
    assert!(world.client.end(&world.account).await.may_remain());
}

/// The server refuses to end one token.
fn refusal() -> Fault {
    Fault::Json(400, json!({"error": "unsupported_token_type"}))
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_ended_saves_no_access_token_of_a_refused_exchange() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenWrongNonce);
    world.am.fail_next("/token/revoke", refusal());
    assert!(world.client.token(&world.account).await.is_err());
    assert!(world.am.live_access_tokens().is_empty());
    assert!(world.client.end(&world.account).await.may_remain());
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_ended_saves_no_access_token_at_the_sign_out() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.am.fail_next("/token/revoke", refusal());
    let revoked = world.client.revoke(&world.account).await.unwrap();
    let error = revoked.error().unwrap().downcast_ref::<TokenError>().unwrap();
    assert_eq!(error.server().unwrap().error(), "unsupported_token_type");
    assert!(world.am.live_access_tokens().is_empty());
    assert_eq!(world.am.live_refresh_tokens().len(), 1);
    assert!(revoked.into_pending().unwrap().retry().await.is_complete());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn a_token_not_taken_that_cannot_be_ended_saves_no_access_token() {
    let world = openam().await;
    let old = world.client.token(&world.account).await.unwrap();
    refused(&world).await;
    // The refresh token is spent, so only what is beside it is ended: first what was not taken.
    world.am.fail_next("/token/revoke", refusal());
    world.client.refresh(&world.account).await.unwrap();
    assert!(!world.am.is_alive(old.value().expose_secret()));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_no_revocation_holds_the_refusal_up_for_a_sign_outs_time_at_most() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenWrongNonce);
    world.am.fail_next("/token/revoke", Fault::Hang);
    let start = tokio::time::Instant::now();
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted);
    assert!(start.elapsed() <= Duration::from_secs(5));
}

#[tokio::test]
async fn a_refused_refresh_ends_its_access_token_and_leaves_the_old_one_alive() {
    for world in [World::new().await, openam().await] {
        let old = world.client.token(&world.account).await.unwrap();
        refused(&world).await;
        let served = world.client.token(&world.account).await.unwrap();
        assert_eq!(served.value().expose_secret(), old.value().expose_secret());
        assert_eq!(world.am.live_access_tokens(), [old.value().expose_secret()]);
    }
}

#[tokio::test]
async fn the_refresh_token_of_a_refused_refresh_ends_with_the_old_tokens() {
    for world in [World::new().await, openam().await] {
        refused(&world).await;
        assert_eq!(world.am.live_refresh_tokens().len(), 1, "the one that was not taken");
        assert!(world.client.revoke(&world.account).await.unwrap().is_done());
        assert!(world.nothing_lives());
    }
}

#[tokio::test]
async fn another_process_ends_the_refresh_token_that_was_not_taken() {
    let world = openam().await;
    let (other, writer) = (world.other_client(world::settings()), world.other_account());
    world.client.token(&world.account).await.unwrap();
    // It holds the tokens as they were before the refusal.
    other.token(writer.account()).await.unwrap();
    refused(&world).await;
    assert!(other.end(writer.account()).await.is_complete());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn when_the_old_tokens_are_over_what_was_not_taken_is_too() {
    let world = openam().await;
    refused(&world).await;
    world.clock.advance(Duration::from_secs(3700));
    let new = world.client.token(&world.account).await.unwrap();
    assert!(world.am.is_alive(new.value().expose_secret()));
    assert_eq!(world.am.live_refresh_tokens().len(), 1, "the new one alone");
}

#[tokio::test]
async fn a_store_that_is_full_then_loses_sight_of_nothing() {
    let store = Staged::default();
    let storage: Arc<dyn Storage> = Arc::new(store.clone());
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    let world = World::over(am, world::settings(), storage).await;
    world.client.token(&world.account).await.unwrap();
    store.fail("put", StoreKind::Full);
    refused(&world).await;
    store.mend();
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn an_unusable_answer_to_a_refresh_is_a_passing_failure_that_leaves_nothing_unseen() {
    let world = openam().await;
    let old = world.client.token(&world.account).await.unwrap();
    world.am.misbehave(Misbehavior::TokenResponse("token_type", None));
    let error = world.client.refresh(&world.account).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(world.am.live_access_tokens(), [old.value().expose_secret()]);
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn tokens_got_with_consent_end_those_they_take_the_place_of() {
    let client = OAuthClient::public("sdkClient").redirect_uri(world::REDIRECT).consent_required();
    let world = World::with(world::demo().client("alpha", client), world::settings()).await;
    world.client.give_consent(&world.account).await.unwrap();
    let new = world.client.give_consent(&world.account).await.unwrap();
    assert_eq!(world.am.live_access_tokens(), [new.value().expose_secret()]);
    assert_eq!(world.am.live_refresh_tokens().len(), 1);
}

#[tokio::test]
async fn a_code_that_was_spent_on_its_way_is_followed_by_a_new_one_in_the_same_call() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let am = world::demo().profile(profile).base_path("/am");
        let world = World::with(am, world::settings()).await;
        world.am.fail_next("/access_token", Fault::Repeat);
        let token = world.client.token(&world.account).await.unwrap();
        assert_eq!(world.am.live_access_tokens(), [token.value().expose_secret()]);
        assert_eq!(world.am.count("GET", "/authorize"), 2);
    }
}

#[tokio::test]
async fn tokens_that_a_spent_code_may_have_brought_elsewhere_are_told_of_at_the_sign_out() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    assert!(!world.client.end(&world.account).await.may_remain(), "all tokens are known");

    world.sign_in("demo", "Ch4ng31t").await;
    world.am.fail_next("/access_token", Fault::Repeat);
    world.client.token(&world.account).await.unwrap();
    assert!(world.client.end(&world.account).await.may_remain());
}

#[tokio::test]
async fn nothing_may_remain_of_what_no_token_was_asked_for() {
    for path in ["/authorize", "/.well-known/openid-configuration", "/connect/jwk_uri"] {
        let world = World::new().await;
        world.am.fail_next(path, Fault::Json(404, json!({"code": 404})));
        let error = world.client.token(&world.account).await.unwrap_err();
        assert_eq!(world.am.count("POST", "/access_token"), 0, "{path}: {error:?}");
        assert!(!world.client.end(&world.account).await.may_remain(), "{path}");
    }
}

#[tokio::test]
async fn a_code_is_asked_for_twice_at_most() {
    let world = World::new().await;
    let spent = Fault::Json(400, json!({"error": "invalid_grant"}));
    world.am.fail_each(Matcher::path("/access_token"), spent);
    let error = world.client.token(&world.account).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.server().unwrap().error(), "invalid_grant");
    assert_eq!(world.am.count("GET", "/authorize"), 2);
}
