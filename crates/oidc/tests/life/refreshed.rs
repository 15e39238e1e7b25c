//! A refreshed id_token continues the first one (OpenID Connect Core section 12.2).

use std::error::Error as _;

use journey_core::{TokenErrorKind, TokenProvider};
use journey_oidc::{Error, ErrorKind, IdTokenFault, OidcClient};
use journey_testkit::sim::Misbehavior;
use serde_json::{Value, json};

use crate::world::{self, World};

/// Says what the claim `name` is in each id_token from now on.
fn claim(world: &World, name: &'static str, value: Option<Value>) {
    world.am.misbehave(Misbehavior::IdTokenClaim(name, value));
}

/// Refreshes in vain: what came is ended, and what there was stays.
async fn refused(world: &World, client: &OidcClient) -> IdTokenFault {
    let alive = world.am.live_access_tokens();
    let error = client.refresh(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted, "{error:?}");
    assert_eq!(world.am.live_access_tokens(), alive);
    match error.source().and_then(|it| it.downcast_ref::<Error>()).unwrap().kind() {
        ErrorKind::IdToken(fault) => fault,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn a_nonce_in_a_refreshed_token_is_the_first_ones_however_many_had_none_between() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap().id_claims()["nonce"].clone();
    let second = world.client.refresh(&world.account).await.unwrap();
    assert!(!second.id_claims().contains_key("nonce"), "as AM does it");

    // What the first one was is in the store, too.
    let elsewhere = world.other_client(world::settings());
    claim(&world, "nonce", Some(first));
    elsewhere.refresh(&world.account).await.unwrap();
    world.am.misbehave(Misbehavior::IdTokenWrongNonce);
    assert_eq!(refused(&world, &elsewhere).await, IdTokenFault::NonceChanged);
}

#[tokio::test]
async fn an_authorized_party_neither_comes_nor_goes_with_a_refresh() {
    for (first, then) in [(None, Some(json!("sdkClient"))), (Some(json!("sdkClient")), None)] {
        let world = World::new().await;
        claim(&world, "azp", first);
        world.client.token(&world.account).await.unwrap();
        claim(&world, "azp", then);
        let fault = refused(&world, &world.client).await;
        assert_eq!(fault, IdTokenFault::AuthorizedPartyChanged);
    }
}

#[tokio::test]
async fn a_refreshed_token_is_for_all_that_the_one_before_was_for() {
    let settings = world::settings().trusted_audiences(["api"]);
    let world = World::with(world::demo(), settings).await;
    claim(&world, "aud", Some(json!(["sdkClient", "api"])));
    world.client.token(&world.account).await.unwrap();
    world.client.refresh(&world.account).await.unwrap();
    claim(&world, "aud", Some(json!("sdkClient")));
    assert_eq!(refused(&world, &world.client).await, IdTokenFault::AudienceChanged);
}
