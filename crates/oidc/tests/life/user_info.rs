//! Who the user is.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use journey_core::{Clock, Session, TokenError, TokenErrorKind, TokenProvider, UserInfo};
use journey_testkit::sim::{Fault, IdTokenAlg, OAuthClient, User};
use journey_transport::{Body, HttpClient};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{self, World};

#[tokio::test]
async fn a_token_that_the_server_no_longer_takes_is_renewed_once() {
    let world = World::new().await;
    let token = world.client.token(&world.account).await.unwrap();
    world.am.kill_token(token.value().expose_secret());
    let user = world.client.user_info(&world.account).await.unwrap();
    assert_eq!(user.name(), Some("Demo User"));
    assert_eq!(world.am.count("GET", "/userinfo"), 2);
}

#[tokio::test]
async fn nothing_is_kept_unless_asked_for() {
    let world = World::new().await;
    for _ in 0..3 {
        world.client.user_info(&world.account).await.unwrap();
    }
    assert_eq!(world.am.count("GET", "/userinfo"), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_lasts_as_long_as_it_was_asked_for() {
    let settings = world::settings().cache_user_info(Duration::from_secs(10));
    let world = World::with(world::demo(), settings).await;
    for _ in 0..3 {
        world.client.user_info(&world.account).await.unwrap();
    }
    assert_eq!(world.am.count("GET", "/userinfo"), 1);
    tokio::time::advance(Duration::from_secs(10)).await;
    world.client.user_info(&world.account).await.unwrap();
    assert_eq!(world.am.count("GET", "/userinfo"), 2);
}

#[tokio::test]
async fn what_is_kept_is_gone_after_a_change_of_user() {
    let settings = world::settings().cache_user_info(Duration::from_secs(1000));
    let am = world::demo().user("alpha", User::new("scarter", "Passw0rd2").name("Sam Carter"));
    let world = World::with(am, settings).await;
    world.client.user_info(&world.account).await.unwrap();
    world.client.revoke(&world.account).await.unwrap().is_done();
    world.sign_in("scarter", "Passw0rd2").await;
    let user = world.client.user_info(&world.account).await.unwrap();
    assert_eq!(user.name(), Some("Sam Carter"));
}

/// A client that keeps what it learned of Demo User, after another process has signed that user out
/// without this one's knowledge; and the session of the user who comes next.
async fn signed_out_elsewhere() -> (World, Session, u64) {
    let settings = world::settings().cache_user_info(Duration::from_secs(1000));
    let am = world::demo().user("alpha", User::new("scarter", "Passw0rd2").name("Sam Carter"));
    let world = World::with(am, settings.clone()).await;
    world.client.user_info(&world.account).await.unwrap();
    let other = world.other_account();
    assert!(world.other_client(settings).end(other.account()).await.is_complete());
    let realm = world.account.realm();
    let session = world::sign_in(&world.am, realm, "scarter", "Passw0rd2").await;
    let generation = other.account().generation();
    assert!(generation > world.account.generation());
    (world, session, generation)
}

#[tokio::test]
async fn what_is_kept_is_not_told_of_the_user_who_follows_a_sign_out_elsewhere() {
    let (world, session, generation) = signed_out_elsewhere().await;
    world.account.observe_generation(generation);
    world.writer.set_session(Some(session));
    let user = world.client.user_info(&world.account).await.unwrap();
    assert_eq!(user.name(), Some("Sam Carter"));
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_is_not_told_by_a_call_that_the_change_of_user_falls_into() {
    let (world, session, generation) = signed_out_elsewhere().await;
    // Time to ask the store, so that the call waits for something.
    tokio::time::advance(Duration::from_secs(30)).await;
    let change = async {
        world.account.observe_generation(generation);
        world.writer.set_session(Some(session));
    };
    let (user, ()) =
        futures_util::future::join(world.client.user_info(&world.account), change).await;
    assert_eq!(user.unwrap().name(), Some("Sam Carter"));
    let again = world.client.user_info(&world.account).await.unwrap();
    assert_eq!(again.name(), Some("Sam Carter"));
}

#[tokio::test]
async fn an_error_of_the_server_is_no_lost_login() {
    let world = World::new().await;
    world.am.fail_next("/userinfo", Fault::Json(400, json!({"error": "server_error"})));
    let error = world.client.user_info(&world.account).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert!(world.client.cached(&world.account).is_some());
}

/// A server whose userinfo is signed with a secret, and says of this user what `change` leaves.
async fn signed(
    secret: &'static str,
    change: impl FnOnce(&mut Value),
) -> Result<UserInfo, TokenError> {
    let client = OAuthClient::confidential("sdkClient", "s3cret")
        .redirect_uri(world::REDIRECT)
        .id_token_alg(IdTokenAlg::Hs256);
    let settings = world::settings().client_secret_basic("s3cret").allow_hs256();
    let world = World::with(world::demo().client("alpha", client), settings.clone()).await;
    let token = world.client.token(&world.account).await.unwrap();
    let encode = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    let of_token = token.id_claims();
    let mut claims =
        json!({"iss": of_token["iss"], "aud": "sdkClient", "sub": of_token["sub"], "name": "N"});
    change(&mut claims);
    let input = format!("{}.{}", encode(&json!({"alg": "HS256"})), encode(&claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let body = format!("{input}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, input.as_bytes())));
    let am = world.am.service();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (am, body) = (am.clone(), body.clone());
        async move {
            if request.uri().path().ends_with("/userinfo") {
                let answer = Response::builder().header("content-type", "application/jwt");
                return Ok(answer.body(Full::new(Bytes::from(body))).unwrap());
            }
            am.oneshot(request).await
        }
    });
    let http = HttpClient::builder().clock(world.clock.as_fn()).build_with(service).unwrap();
    let now = world.clock.as_fn();
    let clock = Clock::new(move || now());
    let client = settings.build(http, world.storage.clone(), clock).unwrap();
    client.user_info(&world.account).await
}

#[tokio::test]
async fn oidcc_client_test_userinfo_signed() {
    assert_eq!(signed("s3cret", |_| ()).await.unwrap().name(), Some("N"));
    let several = |it: &mut Value| it["aud"] = json!(["another-client", "sdkClient"]);
    assert!(signed("s3cret", several).await.is_ok());
    let wrong: [fn(&mut Value); 6] = [
        |it| it["sub"] = "another-user".into(),
        |it| it["sub"] = Value::Null,
        |it| it["aud"] = "another-client".into(),
        |it| it["aud"] = json!(["another-client"]),
        |it| it["iss"] = "https://evil.example.com/am/oauth2".into(),
        |it| it["iss"] = format!("{}/", it["iss"].as_str().unwrap_or_default()).into(),
    ];
    for change in wrong {
        let error = signed("s3cret", change).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Untrusted, "{error:?}");
    }
    let error = signed("another secret", |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted, "{error:?}");
}
