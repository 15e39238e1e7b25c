//! A user's token that is at hand costs no allocation, the whole way through the facade.

#![cfg(feature = "oidc")]

#[expect(dead_code, reason = "here the journey has OpenID Connect plugged in")]
mod common;

#[path = "../../testkit/tests/shared/allocations.rs"]
mod allocations;

use std::hint::black_box;

use journey_sdk::OidcClient;
use journey_testkit::sim::Am;

#[tokio::test]
async fn a_users_token_at_hand_is_handed_out_without_an_allocation() {
    let am = Am::demo();
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    let user = common::sign_in(&common::builder(&am).oidc(oidc).build().unwrap()).await;
    user.token().await.unwrap();
    let before = allocations::so_far();
    for _ in 0..1000 {
        black_box(user.token().await.unwrap());
    }
    assert_eq!(allocations::so_far() - before, 0);
}
