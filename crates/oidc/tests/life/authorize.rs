//! What the session is shown to, and what the answer may be.

use std::error::Error as _;

use journey_core::{AccountWriter, Server, Session, TokenErrorKind, TokenProvider};
use journey_oidc::{Consent, Error, ErrorKind};
use journey_testkit::sim::{CredentialKind, Fault, Misbehavior, OAuthClient, Profile, Seen};
use serde_json::json;

use crate::world::{self, World};

fn seen(world: &World, method: &str, end: &str) -> Vec<Seen> {
    let requests = world.am.requests();
    requests.into_iter().filter(|it| it.method() == method && it.path().ends_with(end)).collect()
}

async fn asking_for_consent(settings: journey_oidc::OidcClientBuilder) -> World {
    let client = OAuthClient::public("sdkClient").redirect_uri(world::REDIRECT).consent_required();
    World::with(world::demo().client("alpha", client), settings).await
}

#[tokio::test]
async fn the_session_goes_into_the_cookie_and_nowhere_else() {
    let world = World::with(world::demo().cookie_name("6ac6499e9da2071"), world::settings()).await;
    world.client.token(&world.account).await.unwrap();
    let asked = seen(&world, "GET", "/authorize").remove(0);
    assert_eq!(asked.credential_kind(), CredentialKind::SessionCookie);
    assert_eq!(asked.cookie_names(), ["6ac6499e9da2071"]);
    for other in world.am.requests().iter().filter(|it| !it.path().ends_with("/authorize")) {
        assert_ne!(other.credential_kind(), CredentialKind::SessionCookie, "{other:?}");
        assert_ne!(other.credential_kind(), CredentialKind::SessionHeader, "{other:?}");
    }
    world.am.assert_every_request_named_its_version();
}

#[tokio::test]
async fn a_401_in_oauths_words_is_no_lost_session() {
    let world = World::new().await;
    let refusal = json!({"error": "invalid_client", "error_description": "unknown"});
    world.am.fail_next("/authorize", Fault::Json(401, refusal));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Misconfigured, "{error:?}");
    assert_eq!(error.server().unwrap().error(), "invalid_client");
    world.am.fail_next("/authorize", Fault::Json(401, json!({"code": 401})));
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn, "{error:?}");
}

#[tokio::test]
async fn the_name_of_the_cookie_is_asked_for_once() {
    let world = World::new().await;
    for _ in 0..3 {
        world.client.token(&world.account).await.unwrap();
        world.client.revoke(&world.account).await.unwrap().is_done();
    }
    assert_eq!(world.am.count("GET", "/serverinfo/*"), 1);
}

#[tokio::test]
async fn state_nonce_and_challenge_go_along_and_no_request_is_sent_that_lacks_them() {
    let world = World::new().await;
    world.client.token(&world.account).await.unwrap();
    let asked = seen(&world, "GET", "/authorize").remove(0);
    for name in ["state", "nonce", "code_challenge", "code_challenge_method", "redirect_uri"] {
        assert!(asked.query_names().iter().any(|it| it == name), "{name}");
    }
    for name in ["prompt", "max_age", "decision", "csrf"] {
        assert!(!asked.query_names().iter().any(|it| it == name), "{name} was not asked for");
    }
}

#[tokio::test]
async fn everything_that_was_set_reaches_the_request() {
    let settings = world::settings()
        .acr_values(["gold", "silver"])
        .prompt("consent")
        .max_age(std::time::Duration::from_secs(900))
        .login_hint("demo")
        .ui_locales("fr-CA en")
        .display("touch")
        .claims(r#"{"id_token":{"email":null}}"#)
        .extra("service", "Login");
    let world = World::with(world::demo(), settings).await;
    world.client.token(&world.account).await.unwrap();
    let asked = seen(&world, "GET", "/authorize").remove(0);
    for name in [
        "acr_values",
        "prompt",
        "max_age",
        "login_hint",
        "ui_locales",
        "display",
        "claims",
        "service",
    ] {
        assert!(asked.query_names().iter().any(|it| it == name), "{name}");
    }
}

#[tokio::test]
async fn consent_is_not_given_unless_the_caller_said_so() {
    let world = asking_for_consent(world::settings()).await;
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::ConsentRequired);
    assert_eq!(error.scopes(), ["openid", "profile"]);
    assert!(seen(&world, "POST", "/authorize").is_empty());
    assert!(world.account.session().is_some());
}

#[tokio::test]
async fn consent_by_an_explicit_call_is_given_once() {
    let world = asking_for_consent(world::settings()).await;
    world.client.give_consent(&world.account).await.unwrap();
    let agreed = seen(&world, "POST", "/authorize").remove(0);
    assert!(agreed.form_names().iter().any(|it| it == "csrf"));
    assert!(agreed.query_names().is_empty(), "the session token stays out of the URL");
    world.client.revoke(&world.account).await.unwrap().is_done();
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::ConsentRequired);
}

#[tokio::test]
async fn consent_by_the_application_is_given_each_time() {
    let world = asking_for_consent(world::settings().consent(Consent::ByApplication)).await;
    assert!(world.client.token(&world.account).await.is_ok());
}

#[tokio::test]
async fn prompt_login_ends_the_session_and_says_so() {
    let world = World::with(world::demo(), world::settings().prompt("login")).await;
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn);
    assert!(error.to_string().contains("ends the session"), "{error}");
    assert!(world.am.live_sessions().is_empty());
}

#[tokio::test]
async fn prompt_none_without_a_session_means_signing_in() {
    let world = World::with(world::demo(), world::settings().prompt("none")).await;
    world.am.kill_all_sessions();
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn);
    assert_eq!(error.server().unwrap().error(), "interaction_required");
}

#[tokio::test]
async fn a_refusal_is_typed_and_no_token_request_follows() {
    let settings = world::settings().scopes(["openid", "nope"]);
    let world = World::with(world::demo(), settings).await;
    let error = world.client.token(&world.account).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Misconfigured);
    assert_eq!(error.server().unwrap().error(), "invalid_scope");
    assert_eq!(world.token_requests(), 0);
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_is_a_matter_of_settings() {
    let world = World::new().await;
    for settings in [
        journey_oidc::OidcClient::builder("nope").redirect_uri(world::REDIRECT),
        world::settings().redirect_uri("https://evil.example.com/"),
    ] {
        let client = world.other_client(settings);
        let error = client.token(&world.account).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Misconfigured, "{error:?}");
    }
}

#[tokio::test]
async fn an_issuer_in_the_answer_is_demanded_when_it_was_announced() {
    let world = World::new().await;
    let announced = "authorization_response_iss_parameter_supported";
    world.am.misbehave(Misbehavior::Discovery(announced, Some(json!(true))));
    assert!(world.client.token(&world.account).await.is_ok());
    // The simulated AM, as the real one, names no issuer beside an error.
    let client = world.other_client(world::settings().scopes(["openid", "nope"]));
    let error = client.token(&world.account).await.unwrap_err();
    let source = error.source().and_then(|it| it.downcast_ref::<Error>());
    assert_eq!(source.unwrap().kind(), ErrorKind::AuthorizationIssuer);
}

#[tokio::test]
async fn a_404_is_a_server_that_starts_unless_it_speaks_oauth() {
    let refused = json!({"error": "invalid_request", "error_description": "no such client"});
    for (body, kind) in [
        (json!({"code": 404}), TokenErrorKind::Transient),
        (json!({"status": 404, "error": "Not Found"}), TokenErrorKind::Transient),
        (refused, TokenErrorKind::Misconfigured),
    ] {
        let world = World::new().await;
        world.am.fail_next("/authorize", Fault::Json(404, body));
        let error = world.client.token(&world.account).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
    }
}

#[tokio::test]
async fn a_session_is_never_sent_to_an_endpoint_of_another_origin() {
    let world = World::new().await;
    let elsewhere = json!("https://evil.example.com/authorize");
    world.am.misbehave(Misbehavior::Discovery("authorization_endpoint", Some(elsewhere)));
    assert!(world.client.token(&world.account).await.is_err());
    assert_eq!(world.am.count("GET", "/authorize"), 0);
}

#[tokio::test]
async fn an_openam_without_announced_revocation_is_revoked_all_the_same() {
    let am = world::demo().profile(Profile::OpenAm16).base_path("/am");
    let world = World::with(am, world::settings()).await;
    world.client.token(&world.account).await.unwrap();
    assert!(world.client.revoke(&world.account).await.unwrap().is_done());
    assert!(world.nothing_lives());
}

#[tokio::test]
async fn an_unknown_realm_is_a_matter_of_settings() {
    let world = World::new().await;
    let server = Server::new(world::SERVER).unwrap();
    let writer = AccountWriter::new(server, "nope".parse().unwrap(), "default");
    writer.set_session(Some(Session::new("AQIC5", None, "nope".parse().unwrap())));
    let error = world.client.token(writer.account()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Misconfigured, "{error:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_believed_costs_no_token_request() {
    for misbehavior in [
        Misbehavior::RedirectWrongState,
        Misbehavior::RedirectWrongIssuer,
        Misbehavior::RedirectElsewhere,
    ] {
        let world = World::new().await;
        world.am.misbehave(misbehavior.clone());
        let error = world.client.token(&world.account).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Untrusted, "{misbehavior:?}: {error:?}");
        assert_eq!(world.am.count("GET", "/authorize"), 1, "{misbehavior:?}");
        assert_eq!(world.token_requests(), 0, "{misbehavior:?}");
    }
}
