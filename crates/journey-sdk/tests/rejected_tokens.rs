//! Access tokens that an API has rejected although they look good here.

#![cfg(feature = "oidc")]

#[expect(dead_code, reason = "here every journey has OpenID Connect plugged in")]
mod common;

use common::sign_in;
use journey_sdk::{AccessToken, ExposeSecret, Journey, OidcClient, User};
use journey_testkit::sim::Am;

const CALLERS: usize = 50;

async fn signed_in(am: &Am) -> (User, AccessToken) {
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    let journey: Journey = common::builder(am).oidc(oidc).build().expect("the settings fit");
    let user = sign_in(&journey).await;
    let token = user.token().await.expect("there is a session");
    (user, token)
}

fn text(token: &AccessToken) -> &str {
    token.value().expose_secret()
}

#[tokio::test]
async fn callers_with_the_same_rejected_token_renew_it_once_early_or_late() {
    let am = Am::demo();
    let (user, rejected) = signed_in(&am).await;
    am.kill_token(text(&rejected));

    let calls = (0..CALLERS).map(|_| {
        let (user, rejected) = (user.clone(), rejected.clone());
        tokio::spawn(async move { user.token_instead_of(&rejected).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let token = call.await.expect("no panic").expect("there is another");
        assert!(am.is_alive(text(&token)));
    }
    let late = user.token_instead_of(&rejected).await.expect("there is another");

    assert!(am.is_alive(text(&late)));
    assert_eq!(am.count_grant("refresh_token"), 1);
}

#[tokio::test]
async fn a_token_that_takes_the_place_of_a_rejected_one_can_be_rejected_too() {
    let am = Am::demo();
    let (user, first) = signed_in(&am).await;

    let second = user.token_instead_of(&first).await.expect("there is another");
    let third = user.token_instead_of(&second).await.expect("there is another");

    assert_ne!(text(&second), text(&first));
    assert_ne!(text(&third), text(&second));
    assert_eq!(am.count_grant("refresh_token"), 2);
}

#[tokio::test]
async fn nobody_gets_a_rejected_token_again_when_it_cannot_be_renewed() {
    let am = Am::demo();
    let (user, rejected) = signed_in(&am).await;
    am.kill_all_sessions();
    am.live_refresh_tokens().iter().for_each(|it| am.kill_token(it));

    let error = user.token_instead_of(&rejected).await.expect_err("nothing is left to ask with");

    assert!(error.needs_sign_in(), "{error:?}");
}
