//! Codes, tokens, and how they die.

use std::time::Duration;

use journey_testkit::clock::ManualClock;
use journey_testkit::sim::{Am, OAuthClient, Profile};
use serde_json::{Value, json};

use crate::support::{
    Answer, CALLBACK, OAUTH, VERIFIER, authorize, authorize_query, exchange, form, refresh,
    sign_in, tokens, user_info,
};

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap()
}

async fn revoke(am: &Am, token: &str, client: &str) -> Answer {
    let fields = [("token", token), ("client_id", client)];
    form(am, &format!("{OAUTH}/token/revoke"), &[], &fields).await
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_does_not_burn_the_code() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let code = authorize(&am, &session, &authorize_query()).await.location("code").unwrap();
    let wrong = exchange(&am, &code, "another-verifier-that-is-long-enough-to-be-one").await;
    assert_eq!((wrong.status, wrong.json()["error"].clone()), (400, json!("invalid_grant")));
    assert_eq!(exchange(&am, &code, VERIFIER).await.status, 200);
}

#[tokio::test]
async fn a_code_lives_two_minutes() {
    let clock = ManualClock::default();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let session = sign_in(&am).await;
    let code = authorize(&am, &session, &authorize_query()).await.location("code").unwrap();
    clock.advance(Duration::from_secs(121));
    assert_eq!(exchange(&am, &code, VERIFIER).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_rotates_and_a_spent_token_kills_the_grant() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let first = tokens(&am, &session).await;
    let second = refresh(&am, text(&first, "refresh_token")).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert!(am.is_alive(text(&second, "refresh_token")));
    let replayed = refresh(&am, text(&first, "refresh_token")).await;
    assert_eq!(replayed.json()["error"], "invalid_grant");
    assert!(!am.is_alive(text(&second, "refresh_token")));
    assert!(am.live_access_tokens().is_empty());
}

#[tokio::test]
async fn openam_leaves_the_successor_of_a_spent_token_alive() {
    let am = Am::demo_builder().profile(Profile::OpenAm16).base_path("am").build();
    let session = sign_in(&am).await;
    let first = tokens(&am, &session).await;
    let second = refresh(&am, text(&first, "refresh_token")).await.json();
    assert_eq!(refresh(&am, text(&first, "refresh_token")).await.status, 400);
    assert_eq!(refresh(&am, text(&second, "refresh_token")).await.status, 200);
}

#[tokio::test]
async fn revoking_the_access_token_leaves_the_refresh_token() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    assert_eq!(revoke(&am, text(&tokens, "access_token"), "sdkClient").await.json(), json!({}));
    assert_eq!(user_info(&am, text(&tokens, "access_token")).await.status, 401);
    assert!(am.is_alive(text(&tokens, "refresh_token")));
}

#[tokio::test]
async fn revoking_the_refresh_token_kills_both_and_may_be_repeated() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    for token in [text(&tokens, "refresh_token"), text(&tokens, "refresh_token"), "garbage"] {
        let answer = revoke(&am, token, "sdkClient").await;
        assert_eq!((answer.status, answer.json()), (200, json!({})));
    }
    assert!(am.live_access_tokens().is_empty());
    assert!(am.is_alive(&session));
}

#[tokio::test]
async fn a_refusal_to_revoke_quotes_the_token() {
    let other = OAuthClient::public("other").redirect_uri(CALLBACK);
    let am = Am::demo_builder().client("alpha", other).build();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    let refused = revoke(&am, text(&tokens, "refresh_token"), "other").await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains(text(&tokens, "refresh_token")));
    assert!(am.is_alive(text(&tokens, "refresh_token")));
}

#[tokio::test]
async fn tokens_outlive_the_session() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    am.kill_session(&session);
    assert_eq!(user_info(&am, text(&tokens, "access_token")).await.status, 200);
    assert_eq!(refresh(&am, text(&tokens, "refresh_token")).await.status, 200);
}

#[tokio::test]
async fn an_access_token_expires_and_says_when() {
    let clock = ManualClock::default();
    let am = Am::demo_builder()
        .clock(clock.as_fn())
        .lifetimes(|it| it.access_token = Duration::from_secs(60))
        .build();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    assert_eq!(tokens["expires_in"], 59);
    clock.advance(Duration::from_secs(60));
    assert_eq!(user_info(&am, text(&tokens, "access_token")).await.status, 401);
}

#[tokio::test]
async fn a_confidential_client_shows_its_secret() {
    let client = OAuthClient::confidential("server-app", "a-secret").redirect_uri(CALLBACK);
    let am = Am::demo_builder().client("alpha", client).build();
    let path = format!("{OAUTH}/access_token");
    let fields = [("grant_type", "client_credentials"), ("scope", "profile")];
    let ask = async |headers: &[(&str, &str)], extra: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().chain(extra).copied().collect();
        form(&am, &path, headers, &fields).await
    };
    let right = [("authorization", "Basic c2VydmVyLWFwcDphLXNlY3JldA==")];
    assert_eq!(ask(&right, &[]).await.status, 200);
    let wrong = ask(&[("authorization", "Basic c2VydmVyLWFwcDpub3Bl")], &[]).await;
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, "Basic realm=\"/alpha\""));
    assert_eq!(ask(&[], &[("client_id", "server-app")]).await.status, 400);
    let posted = [("client_id", "server-app"), ("client_secret", "a-secret")];
    assert_eq!(ask(&[], &posted).await.status, 200);
}

#[tokio::test]
async fn a_scope_may_be_narrowed_but_not_widened() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let mut query = authorize_query();
    query.retain(|(name, _)| *name != "scope");
    query.push(("scope", "openid profile".to_owned()));
    let code = authorize(&am, &session, &query).await.location("code").unwrap();
    let tokens = exchange(&am, &code, VERIFIER).await.json();
    let ask = async |scope: &'static str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&tokens, "refresh_token")),
            ("client_id", "sdkClient"),
            ("scope", scope),
        ];
        form(&am, &format!("{OAUTH}/access_token"), &[], &fields).await.json()
    };
    assert_eq!(ask("openid email").await["error"], "invalid_scope");
    assert_eq!(ask("openid").await["scope"], "openid");
}
