//! What the settings demand of an id_token reaches its checks.

use std::{error::Error as _, time::Duration};

use journey_core::{TokenError, TokenProvider};
use journey_oidc::{Error, ErrorKind, IdTokenFault, OidcClientBuilder};
use journey_testkit::{clock::ManualClock, sim::Misbehavior};
use serde_json::{Value, json};

use crate::world::{self, World};

fn fault(error: &TokenError) -> Option<IdTokenFault> {
    match error.source().and_then(|it| it.downcast_ref::<Error>())?.kind() {
        ErrorKind::IdToken(fault) => Some(fault),
        _ => None,
    }
}

/// Signs in with an id_token that has this claim.
async fn signed_in(settings: OidcClientBuilder, name: &'static str, value: Value) -> World {
    let world = World::with(world::demo(), settings).await;
    world.am.misbehave(Misbehavior::IdTokenClaim(name, Some(value)));
    world
}

#[tokio::test]
async fn an_audience_beside_this_client_is_accepted_when_it_is_trusted() {
    let both = json!(["sdkClient", "api"]);
    let settings = world::settings().trusted_audiences(["api"]);
    let world = signed_in(settings, "aud", both.clone()).await;
    assert!(world.client.token(&world.account).await.is_ok());
    let settings = world::settings().trusted_audiences(["another"]);
    let world = signed_in(settings, "aud", both).await;
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(fault(&error), Some(IdTokenFault::Audience));
}

#[tokio::test]
async fn a_sign_in_that_is_older_than_max_age_is_refused_and_its_refresh_is_not_judged_again() {
    let settings = || world::settings().max_age(Duration::from_secs(900));
    let world = signed_in(settings(), "auth_time", json!(1_000_000_000)).await;
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(fault(&error), Some(IdTokenFault::AuthTime));

    let world = World::with(world::demo(), settings()).await;
    world.client.token(&world.account).await.unwrap();
    world.clock.advance(Duration::from_secs(3700));
    assert!(world.client.token(&world.account).await.is_ok());
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test]
async fn another_authentication_context_than_asked_for_is_no_sign_in() {
    let settings = || world::settings().acr_values(["gold"]);
    let world = signed_in(settings(), "acr", json!("bronze")).await;
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(fault(&error), Some(IdTokenFault::AuthContext));
    let world = signed_in(settings(), "acr", json!("gold")).await;
    assert!(world.client.token(&world.account).await.is_ok());
}

#[tokio::test]
async fn clocks_may_differ_by_as_much_as_was_set() {
    let world = World::new().await;
    let behind = ManualClock::at(world.clock.now() - Duration::from_secs(300));
    for (settings, expected) in [
        (world::settings(), Some(IdTokenFault::IssuedAt)),
        (world::settings().skew(Duration::from_secs(299)), Some(IdTokenFault::IssuedAt)),
        (world::settings().skew(Duration::from_secs(301)), None),
    ] {
        let client = world::client_by(&world.am, &world.clock, &behind, settings, &world.storage);
        let result = client.token(&world.account).await;
        assert_eq!(result.err().as_ref().and_then(fault), expected);
    }
}
