//! The relying-party tests of the OpenID Foundation, re-created against an OpenID provider that can
//! misbehave. Each is named after its official module; `docs/conformance.md` lists them.

use std::{error::Error as _, sync::Arc, time::Duration};

use http::Request;
use http_body_util::BodyExt;
use journey_core::{TokenError, TokenErrorKind, TokenProvider};
use journey_oidc::{Error, ErrorKind, IdTokenFault};
use journey_testkit::sim::{
    Am, AmBuilder, CredentialKind, Fault, IdTokenAlg, Misbehavior, OAuthClient,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{self, World};

fn kind(error: &TokenError) -> ErrorKind {
    let source = error.source().and_then(|it| it.downcast_ref::<Error>());
    source.unwrap_or_else(|| unreachable!("{error:?}")).kind()
}

/// Signs in at a provider that misbehaves; nothing may come of it.
async fn rejected(misbehavior: Misbehavior) -> ErrorKind {
    let world = World::new().await;
    world.am.misbehave(misbehavior);
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted, "{error:?}");
    assert!(!world.has_stored_tokens().await);
    assert!(world.client.cached(&world.account).is_none());
    assert!(world.nothing_lives(), "tokens that were not believed are left alive at the server");
    kind(&error)
}

/// Refreshes at a provider that misbehaves from then on; the old tokens stay.
async fn refresh_rejected(misbehavior: Misbehavior) -> ErrorKind {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.am.misbehave(misbehavior);
    let error = world.client.refresh(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Untrusted, "{error:?}");
    assert!(world.has_stored_tokens().await);
    let old = world.client.cached(&world.account).unwrap();
    assert_eq!(world.am.live_access_tokens(), [old.value().expose_secret()], "and no other");
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(world.nothing_lives(), "what the refused answer brought is left alive");
    kind(&error)
}

fn with_client(change: impl FnOnce(OAuthClient) -> OAuthClient, secret: Option<&str>) -> AmBuilder {
    let client = match secret {
        Some(secret) => OAuthClient::confidential("sdkClient", secret),
        None => OAuthClient::public("sdkClient"),
    };
    world::demo().client("alpha", change(client.redirect_uri(world::REDIRECT)))
}

async fn keys(am: &Am) -> Value {
    let url = format!("{}/oauth2/realms/root/realms/alpha/connect/jwk_uri", world::SERVER);
    let request = Request::get(url).body(String::new()).unwrap();
    let body = am.service().oneshot(request).await.unwrap().into_body();
    serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap()
}

// Basic relying party.

#[tokio::test]
async fn oidcc_client_test() {
    let world = World::new().await;
    let token = world.client.token(&world.account).await.unwrap();
    assert!(token.id_claims()["sub"].is_string());
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss() {
    let kind = rejected(Misbehavior::IdTokenWrongIssuer).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Issuer));
}

#[tokio::test]
async fn oidcc_client_test_missing_sub() {
    let kind = rejected(Misbehavior::IdTokenClaim("sub", None)).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Subject));
}

#[tokio::test]
async fn oidcc_client_test_invalid_aud() {
    let kind = rejected(Misbehavior::IdTokenWrongAudience).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Audience));
}

#[tokio::test]
async fn oidcc_client_test_missing_iat() {
    let kind = rejected(Misbehavior::IdTokenClaim("iat", None)).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::IssuedAt));
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_single_jwks() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenWithoutKid);
    assert!(world.client.token(&world.account).await.is_ok());
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_multiple_jwks() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenWithoutKid);
    let mut keys = keys(&world.am).await;
    let mut second = keys["keys"][0].clone();
    second["kid"] = "second".into();
    keys["keys"].as_array_mut().unwrap().push(second);
    world.am.fail_next("/connect/jwk_uri", Fault::Json(200, keys));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(kind(&error), ErrorKind::IdToken(IdTokenFault::Key));
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_rs256() {
    let am = with_client(|it| it.id_token_alg(IdTokenAlg::Rs256), None);
    let world = World::with(am, world::settings()).await;
    assert!(world.client.token(&world.account).await.is_ok());
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_es256() {
    let am = with_client(|it| it.id_token_alg(IdTokenAlg::Es256), None);
    let world = World::with(am, world::settings()).await;
    assert!(world.client.token(&world.account).await.is_ok());
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    let kind = rejected(Misbehavior::IdTokenAlgNone).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Algorithm));
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_rs256() {
    let kind = rejected(Misbehavior::IdTokenBadSignature).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Signature));
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_es256() {
    let am = with_client(|it| it.id_token_alg(IdTokenAlg::Es256), None);
    let world = World::with(am, world::settings()).await;
    world.am.misbehave(Misbehavior::IdTokenBadSignature);
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(kind(&error), ErrorKind::IdToken(IdTokenFault::Signature));
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_hs256() {
    let am = with_client(|it| it.id_token_alg(IdTokenAlg::Hs256), Some("s3cret"));
    let settings = world::settings().client_secret_basic("s3cret").allow_hs256();
    let world = World::with(am, settings).await;
    assert!(world.client.token(&world.account).await.is_ok());
    world.am.misbehave(Misbehavior::IdTokenBadSignature);
    let error = world.client.refresh(&world.account).await.unwrap_err();
    assert_eq!(kind(&error), ErrorKind::IdToken(IdTokenFault::Signature));
}

#[tokio::test]
async fn hs256_is_refused_unless_it_was_asked_for() {
    let am = with_client(|it| it.id_token_alg(IdTokenAlg::Hs256), Some("s3cret"));
    let world = World::with(am, world::settings().client_secret_basic("s3cret")).await;
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(kind(&error), ErrorKind::IdToken(IdTokenFault::Algorithm));
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let kind = rejected(Misbehavior::IdTokenAlgConfusion).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Algorithm));
    let am = with_client(|it| it, Some("s3cret"));
    let settings = world::settings().client_secret_basic("s3cret").allow_hs256();
    let world = World::with(am, settings).await;
    world.am.misbehave(Misbehavior::IdTokenAlgConfusion);
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(self::kind(&error), ErrorKind::IdToken(IdTokenFault::Signature));
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::UserInfoOtherSub);
    let error = world.client.user_info(&world.account).await.unwrap_err();
    assert_eq!(kind(&error), ErrorKind::UserInfo);
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    let kind = rejected(Misbehavior::IdTokenWrongNonce).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Nonce));
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let settings = world::settings().scopes(["openid", "profile", "email"]);
    let world = World::with(world::demo(), settings).await;
    let user = world.client.user_info(&world.account).await.unwrap();
    assert_eq!((user.name(), user.email()), (Some("Demo User"), Some("demo@example.com")));
}

#[tokio::test]
async fn oidcc_client_test_userinfo_bearer_header() {
    let world = World::new().await;
    world.client.user_info(&world.account).await.unwrap();
    let requests = world.am.requests();
    let seen = requests.iter().find(|it| it.path().ends_with("/userinfo")).unwrap();
    assert_eq!(seen.credential_kind(), CredentialKind::Bearer);
    assert!(seen.query_names().is_empty());
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic() {
    let am = with_client(|it| it, Some("s3cret: %&+"));
    let world = World::with(am, world::settings().client_secret_basic("s3cret: %&+")).await;
    assert!(world.client.token(&world.account).await.is_ok());
    let requests = world.am.requests();
    let seen = requests.iter().find(|it| it.path().ends_with("/access_token")).unwrap();
    assert_eq!(seen.credential_kind(), CredentialKind::ClientSecret);
    assert!(!seen.form_names().iter().any(|it| it == "client_secret" || it == "client_id"));
}

#[tokio::test]
async fn oidcc_client_test_client_secret_post() {
    let am = with_client(|it| it, Some("s3cret"));
    let world = World::with(am, world::settings().client_secret_post("s3cret")).await;
    assert!(world.client.token(&world.account).await.is_ok());
    assert!(world.client.refresh(&world.account).await.is_ok());
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(world.nothing_lives());
}

// Configuration relying party.

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.client.refresh(&world.account).await.unwrap();
    assert_eq!(world.am.count("GET", "/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    let world = World::new().await;
    for _ in 0..3 {
        world.client.refresh(&world.account).await.unwrap();
    }
    assert_eq!(world.am.count("GET", "/connect/jwk_uri"), 1, "kept between tokens");
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let world = World::new().await;
    let other = json!("https://evil.example.com/am/oauth2/realms/root/realms/alpha");
    world.am.misbehave(Misbehavior::Discovery("issuer", Some(other)));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Misconfigured);
    assert_eq!(kind(&error), ErrorKind::Issuer);
    assert_eq!(world.am.count("GET", "/authorize"), 0, "no session is sent after that");
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let world = World::new().await;
    let gate = world.am.hold_next("/access_token");
    let (client, account) = (world.client.clone(), world.account.clone());
    let call = tokio::spawn(async move { client.token(&account).await });
    gate.arrived().await;
    world.am.rotate_keys();
    gate.release();
    assert!(call.await.unwrap().is_ok());
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    world.am.rotate_keys();
    assert!(world.client.refresh(&world.account).await.is_ok());
    assert_eq!(world.am.count("GET", "/connect/jwk_uri"), 2);
}

#[tokio::test]
async fn an_unknown_key_makes_one_request_in_a_while_and_no_more() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenUnknownKid);
    for _ in 0..5 {
        let error = world.client.token(&world.account).await.unwrap_err();
        assert_eq!(kind(&error), ErrorKind::IdToken(IdTokenFault::Key));
    }
    assert_eq!(world.am.count("GET", "/connect/jwk_uri"), 2);
}

// Refresh.

#[tokio::test]
async fn oidcc_client_test_refresh_token() {
    let world = World::new().await;
    let first = world.client.token(&world.account).await.unwrap();
    let second = world.client.refresh(&world.account).await.unwrap();
    assert_ne!(first.value().expose_secret(), second.value().expose_secret());
    assert_eq!(first.id_claims()["sub"], second.id_claims()["sub"]);
}

#[tokio::test]
async fn oidcc_client_test_refresh_token_invalid_issuer() {
    let kind = refresh_rejected(Misbehavior::IdTokenWrongIssuer).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Issuer));
}

#[tokio::test]
async fn oidcc_client_test_refresh_token_invalid_sub() {
    let kind = refresh_rejected(Misbehavior::IdTokenOtherSub).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::SubjectChanged));
}

#[tokio::test]
async fn oidcc_client_test_refresh_token_invalid_aud() {
    let kind = refresh_rejected(Misbehavior::IdTokenWrongAudience).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Audience));
}

#[tokio::test]
async fn oidcc_client_test_refresh_token_invalid_azp() {
    let other = Misbehavior::IdTokenClaim("azp", Some(json!("another-client")));
    let kind = refresh_rejected(other).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::AuthorizedParty));
}

// From other plans, as far as they fit.

#[tokio::test]
async fn oidcc_client_test_missing_aud() {
    let kind = rejected(Misbehavior::IdTokenClaim("aud", None)).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Audience));
}

#[tokio::test]
async fn fapi2_client_test_invalid_secondary_aud() {
    let both = json!(["sdkClient", "another-client"]);
    let kind = rejected(Misbehavior::IdTokenClaim("aud", Some(both))).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Audience));
}

#[tokio::test]
async fn fapi2_client_test_valid_aud_as_array() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::IdTokenClaim("aud", Some(json!(["sdkClient"]))));
    assert!(world.client.token(&world.account).await.is_ok());
}

#[tokio::test]
async fn fapi2_client_test_invalid_expired_exp() {
    let kind = rejected(Misbehavior::IdTokenExpired).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Expired));
}

#[tokio::test]
async fn fapi2_client_test_invalid_missing_exp() {
    let kind = rejected(Misbehavior::IdTokenClaim("exp", None)).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Expired));
}

#[tokio::test]
async fn fapi2_client_test_invalid_authorization_response_iss() {
    let kind = rejected(Misbehavior::RedirectWrongIssuer).await;
    assert_eq!(kind, ErrorKind::AuthorizationIssuer);
}

#[tokio::test]
async fn fapi2_client_test_ensure_authorization_response_with_invalid_state_fails() {
    let kind = rejected(Misbehavior::RedirectWrongState).await;
    assert_eq!(kind, ErrorKind::State);
}

#[tokio::test]
async fn fapi2_client_test_token_type_case_insensitivity() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::TokenResponse("token_type", Some(json!("bEARER"))));
    let token = world.client.token(&world.account).await.unwrap();
    assert_eq!(token.token_type(), "Bearer");
}

#[tokio::test]
async fn fapi2_client_test_no_scope_in_token_endpoint_response() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::TokenResponse("scope", None));
    let token = world.client.token(&world.account).await.unwrap();
    assert_eq!(token.scopes(), ["openid", "profile"]);
}

#[tokio::test]
async fn fapi2_client_test_token_endpoint_response_without_expires_in() {
    let world = World::new().await;
    world.am.misbehave(Misbehavior::TokenResponse("expires_in", None));
    let token = world.client.token(&world.account).await.unwrap();
    assert_eq!(token.expires_at(), None);
    assert!(world.client.cached(&world.account).is_some());
}

#[tokio::test]
async fn an_answer_elsewhere_is_no_answer() {
    let kind = rejected(Misbehavior::RedirectElsewhere).await;
    assert_eq!(kind, ErrorKind::Authorization);
}

#[tokio::test]
async fn an_id_token_that_was_asked_for_must_come() {
    let kind = rejected(Misbehavior::IdTokenMissing).await;
    assert_eq!(kind, ErrorKind::IdToken(IdTokenFault::Missing));
}

#[tokio::test]
async fn a_token_that_does_not_fit_its_hash_is_refused() {
    let wrong = Misbehavior::IdTokenClaim("at_hash", Some(json!("AAAAAAAAAAAAAAAAAAAAAA")));
    assert_eq!(rejected(wrong).await, ErrorKind::IdToken(IdTokenFault::AccessTokenHash));
    let wrong = Misbehavior::IdTokenClaim("c_hash", Some(json!("AAAAAAAAAAAAAAAAAAAAAA")));
    assert_eq!(rejected(wrong).await, ErrorKind::IdToken(IdTokenFault::CodeHash));
}

#[tokio::test]
async fn a_configured_issuer_must_be_the_servers_byte_for_byte() {
    let own = format!("{}/oauth2/realms/root/realms/alpha", world::SERVER);
    let world = World::with(world::demo(), world::settings().issuer(&own)).await;
    assert!(world.client.token(&world.account).await.is_ok());
    for other in [format!("{own}/"), own.replace(".com/", ".com:443/"), own.to_uppercase()] {
        let client = world.other_client(world::settings().issuer(other));
        world.client.revoke(&world.account).await.unwrap().is_done();
        let error = client.token(&world.account).await.unwrap_err();
        assert_eq!(kind(&error), ErrorKind::Issuer);
    }
}

#[tokio::test]
async fn tokens_of_another_issuer_than_the_configured_one_are_not_taken_from_the_store() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    let own = format!("{}/oauth2/realms/root/realms/alpha", world::SERVER);
    let other = || world.other_client(world::settings().issuer("https://id.example.com"));
    let same = world.other_client(world::settings().issuer(own));
    assert!(same.token(&world.account).await.is_ok());
    for passed in [0, 3700] {
        world.clock.advance(Duration::from_secs(passed));
        for client in [other(), other()] {
            let error = client.token(&world.account).await.unwrap_err();
            assert_eq!(kind(&error), ErrorKind::Issuer, "after {passed} s");
        }
    }
    assert_eq!(world.token_requests(), 1, "neither refreshed nor got anew");
    // They are not the other's to remove.
    assert!(same.token(&world.account).await.is_ok());
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test]
async fn every_realm_has_an_issuer_of_its_own() {
    let world = World::new().await;
    let root = journey_core::AccountWriter::new(
        world.account.server().clone(),
        journey_core::Realm::root(),
        "default",
    );
    let session = world::sign_in(&world.am, root.account().realm(), "demo", "Ch4ng31t").await;
    root.set_session(Some(session));
    let (in_root, in_alpha) = (
        world.client.token(root.account()).await.unwrap(),
        world.client.token(&world.account).await.unwrap(),
    );
    assert_ne!(in_root.id_claims()["iss"], in_alpha.id_claims()["iss"]);
    let keys = Arc::clone(&world.storage);
    assert_eq!(keys.list(&journey_storage::KeyPrefix::all()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn fapi2_client_test_iat_is_week_in_past() {
    let world = World::new().await;
    let now = world.clock.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let week_ago = json!(now - 7 * 24 * 3600);
    world.am.misbehave(Misbehavior::IdTokenClaim("iat", Some(week_ago.clone())));
    let token = world.client.token(&world.account).await.unwrap();
    assert_eq!(token.id_claims()["iat"], week_ago);
}
