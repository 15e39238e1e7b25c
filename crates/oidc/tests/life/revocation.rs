//! What counts as a yes to a revocation, and what is sent when there is no refresh token.

use std::time::Duration;

use journey_core::TokenProvider;
use journey_testkit::sim::{Fault, OAuthClient};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::world::{self, World};

#[tokio::test(start_paused = true)]
async fn only_a_servers_own_yes_ends_a_revocation() {
    for fault in [
        Fault::RetryAfter(429, 5),
        Fault::Status(404),
        Fault::Status(302),
        Fault::Html,
        Fault::DropBefore,
        Fault::Json(200, json!({"error": "server_error"})),
    ] {
        let world = World::new().await;
        world.client.token(&world.account).await.unwrap();
        world.am.fail_each("/token/revoke", fault.clone());
        let revocation = world.client.revoke(&world.account).await.unwrap();
        assert!(!revocation.is_done(), "{fault:?}");
        world.am.clear_faults();
        tokio::time::advance(Duration::from_secs(5)).await;
        let report = revocation.into_pending().unwrap().retry().await;
        assert!(report.is_complete(), "{fault:?}: {report:?}");
        assert!(world.nothing_lives(), "{fault:?}");
    }
}

#[tokio::test]
async fn tokens_without_a_refresh_token_are_revoked_by_the_access_token() {
    let client =
        OAuthClient::public("sdkClient").redirect_uri(world::REDIRECT).without_refresh_tokens();
    let world = World::with(world::demo().client("alpha", client), world::settings()).await;
    let token = world.client.token(&world.account).await.unwrap();
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(!world.am.is_alive(token.value().expose_secret()));
    assert_eq!(world.am.count("POST", "/token/revoke"), 1);
}
