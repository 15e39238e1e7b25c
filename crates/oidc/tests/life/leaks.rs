//! No secret shows in what is printed, traced or told by an error.

use std::{error::Error as _, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use journey_core::{TokenError, TokenProvider};
use journey_testkit::{
    leaks::{Capture, Leaks},
    sim::{Fault, IdTokenAlg, Matcher, Misbehavior, OAuthClient, Profile},
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::world::{self, World};

#[tokio::test]
async fn no_secret_is_shown_anywhere_in_a_whole_life() {
    let capture = Capture::start();
    let mut leaks = Leaks::new();
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    let settings = world::settings().post_logout_redirect_uri("http://localhost:8080/signed-out");
    let world = World::with(am, settings).await;
    leaks.secret("session", world.account.session().unwrap().value().expose_secret());
    leaks.secret("password", "Ch4ng31t");

    let token = world.client.token(&world.account).await.unwrap();
    leaks.saw("token", &token);
    leaks.saw("client", &world.client);
    let quoted = token.value().expose_secret();
    world.am.fail_next("/userinfo", Fault::Json(403, json!({ "error": quoted })));
    let error = world.client.user_info(&world.account).await.unwrap_err();
    leaks.saw_error("a refused question", &error);
    leaks.saw("user", &world.client.user_info(&world.account).await.unwrap());
    leaks.secret("id_token", token.id_token().unwrap().expose_secret());
    world.clock.advance(Duration::from_secs(3700));
    let refreshes = || Matcher::path("/access_token").grant_type("refresh_token");
    let quoted = world.am.live_refresh_tokens().remove(0);
    for fault in [
        Fault::Status(500),
        Fault::DropBefore,
        Fault::Html,
        Fault::Json(400, json!({"error": "invalid_request", "error_description": quoted})),
        Fault::Json(400, json!({ "error": format!("bad {quoted}") })),
    ] {
        world.am.fail_next(refreshes(), fault);
        let error = world.client.token(&world.account).await.unwrap_err();
        leaks.saw_error("a failed refresh", &error);
        leaks.saw("a failed refresh", &error);
    }
    world.am.misbehave(Misbehavior::IdTokenBadSignature);
    leaks.saw_error(
        "a token that was not believed",
        &world.client.refresh(&world.account).await.unwrap_err(),
    );
    world.am.behave();
    world.client.token(&world.account).await.unwrap();
    // As OpenAM does: the refusal quotes the token, and here in its word as well.
    let quoted = world.am.live_refresh_tokens().remove(0);
    let refusal = json!({
        "error": format!("no_grant_of_{quoted}"),
        "error_description": format!("The provided token id : {quoted} belongs to another grant."),
    });
    world.am.fail_next("/token/revoke", Fault::Json(400, refusal));
    let revocation = world.client.revoke(&world.account).await.unwrap();
    leaks.saw_error("a refused revocation", revocation.error().unwrap());
    leaks.saw("a refused revocation", &revocation);
    let token = world.client.token(&world.account).await.unwrap();
    let quoted = token.id_token().unwrap().expose_secret();
    // Texts of a server are cut, so that the whole of it would not be seen.
    leaks.secret("the start of an id_token", &quoted[..150]);
    world.am.fail_next("/connect/endSession", Fault::Json(400, json!({ "error": quoted })));
    leaks.saw("the sign-out", &world.client.end(&world.account).await);

    for (number, token) in world.am.tokens_issued().into_iter().enumerate() {
        leaks.secret(format!("token {number}"), token);
    }
    leaks.saw_trace(&capture);
    leaks.assert_none();
    leaks.assert_finds_planted(&capture);
}

const CLIENT_SECRET: &str = "s3cret-of-the-client";
const NEW_REFRESH_TOKEN: &str = "refresh-token-of-the-answer";

/// A user of a client with a secret, which signs its id_tokens too.
async fn with_client_secret() -> World {
    let client = OAuthClient::confidential("sdkClient", CLIENT_SECRET)
        .redirect_uri(world::REDIRECT)
        .id_token_alg(IdTokenAlg::Hs256);
    let settings = world::settings().client_secret_post(CLIENT_SECRET).allow_hs256();
    World::with(world::demo().client("alpha", client), settings).await
}

/// Tokens of a server that calls itself so.
fn tokens_from(issuer: &str) -> Fault {
    let encode = |it: &str| URL_SAFE_NO_PAD.encode(it);
    let claims = json!({ "iss": issuer }).to_string();
    let input = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(&claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, input.as_bytes()));
    let tokens = json!({
        "access_token": "at", "token_type": "Bearer", "refresh_token": NEW_REFRESH_TOKEN,
        "id_token": format!("{input}.{signature}"),
    });
    Fault::Json(200, tokens)
}

#[track_caller]
fn shows_no_issuer(error: &TokenError) {
    let source = error.source().unwrap().to_string();
    assert!(source.contains(r#"is from issuer "", not from"#), "{source}");
}

#[tokio::test]
async fn an_issuer_that_quotes_what_only_the_server_and_the_client_know_is_not_shown() {
    for quoted in [CLIENT_SECRET, NEW_REFRESH_TOKEN] {
        let world = with_client_secret().await;
        world.am.fail_next("/access_token", tokens_from(&format!("https://am/{quoted}")));
        shows_no_issuer(&world.client.token(&world.account).await.unwrap_err());
    }
    let world = with_client_secret().await;
    let token = world.client.token(&world.account).await.unwrap();
    let sent = world.am.live_refresh_tokens().remove(0);
    for quoted in [CLIENT_SECRET, NEW_REFRESH_TOKEN, &sent, token.value().expose_secret()] {
        world.am.fail_next("/access_token", tokens_from(&format!("https://am/{quoted}")));
        shows_no_issuer(&world.client.refresh(&world.account).await.unwrap_err());
    }
}

#[tokio::test]
async fn a_refused_revocation_that_quotes_the_client_secret_does_not_show_it() {
    let world = with_client_secret().await;
    world.client.token(&world.account).await.unwrap();
    let refusal = json!({ "error": format!("not_{CLIENT_SECRET}") });
    world.am.fail_each("/token/revoke", Fault::Json(400, refusal));
    let revocation = world.client.revoke(&world.account).await.unwrap();
    let error = revocation.error().unwrap().downcast_ref::<TokenError>().unwrap();
    assert_eq!(error.server().unwrap().error(), "no_reason_given");
}
