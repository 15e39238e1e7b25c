//! What the server may say instead of a code.

use std::time::Duration;

use journey_sdk::{BoxError, TokenErrorKind, storage::Memory};

use crate::{
    server::{Kind, LOOPBACK_URI, REALMS, client as set_client},
    suite::{
        Chapter, World,
        scenario::scenarios,
        wire::Wire,
        world::{app, client},
    },
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Authorization",
    scenarios: scenarios![
        a_page_that_wants_consent_is_no_failure_of_the_login:
            "A client whose user has to agree gets a page with status 200 instead of a code.",
        consent_is_given_with_the_csrf_value:
            "The page's form wants `decision=allow` and the session's value as `csrf`; then comes the code.",
        without_a_session_a_new_sign_in_is_needed:
            "To a session that has ended the server answers with its login page, elsewhere; that is read \
             as what it is.",
        asked_without_a_prompt_the_server_wants_the_user:
            "With `prompt=none` and no session it is `interaction_required`: a new sign-in.",
        asking_for_a_recent_login_may_cost_the_session_and_says_so:
            "A session older than `max_age` is answered with `login_required`, and ended. The SDK never \
             adds it by itself; asked for, the loss is said.",
        asking_for_a_login_costs_the_session_and_says_so:
            "`prompt=login` ends the session too.",
        an_unknown_client_is_a_matter_of_settings:
            "An unknown client is a page with status 400; the login stays.",
        a_redirect_to_another_port_is_a_matter_of_settings:
            "A redirect address on loopback is compared with its port, and another port is 400; the login \
             stays.",
        an_unknown_scope_is_a_matter_of_settings:
            "An unknown scope comes back as `invalid_scope`; the login stays.",
        a_fault_of_the_server_does_not_end_the_login:
            "The server's own faults come as 400 `server_error`, here for a client that it can't make an \
             id token for. Only `invalid_grant` ends a refresh token, so the login stays.",
    ],
};

async fn a_page_that_wants_consent_is_no_failure_of_the_login(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in_with("", client("app-consent")).await?;
    let error = it.user.token().await.expect_err("nobody has agreed");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::ConsentRequired), "{error:?}");
    assert!(!error.needs_sign_in());
    assert!(it.user.session_is_valid().await?);
    Ok(())
}

async fn consent_is_given_with_the_csrf_value(world: &World) -> Result<(), BoxError> {
    let agreed = client("app-consent").consent(journey_sdk::Consent::ByApplication);
    let it = world.signed_in_with("", agreed).await?;
    let token = it.user.token().await?;
    assert_eq!(token.id_claims()["aud"], "app-consent");
    it.user.user_info().await?;
    Ok(())
}

async fn without_a_session_a_new_sign_in_is_needed(world: &World) -> Result<(), BoxError> {
    needs_sign_in_once_the_session_is_gone(world, app()).await
}

async fn asked_without_a_prompt_the_server_wants_the_user(world: &World) -> Result<(), BoxError> {
    needs_sign_in_once_the_session_is_gone(world, app().prompt("none")).await
}

async fn needs_sign_in_once_the_session_is_gone(
    world: &World,
    client: journey_sdk::OidcClientBuilder,
) -> Result<(), BoxError> {
    let storage = std::sync::Arc::new(Memory::new());
    let wire = Wire::new();
    let journey = world.journey("", &wire)?.storage(storage.clone()).oidc(client).build()?;
    let it = world.sign_in(journey, wire).await?;
    // Ended by a program of another vendor, so to speak.
    let elsewhere = world.journey("", &Wire::new())?.storage(Memory::new()).build()?;
    let stolen = elsewhere.start("password").run(it.person.answers()).await?.user()?;
    assert!(stolen.logout().await.is_complete());
    world.view.end_session(&it.wire.secrets().sessions[0]).await?;

    let error = it.user.token().await.expect_err("the session has ended");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::NeedsSignIn), "{error:?}");
    assert!(error.needs_sign_in());
    Ok(())
}

async fn asking_for_a_recent_login_may_cost_the_session_and_says_so(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in_with("", app().max_age(Duration::from_secs(1))).await?;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let error = it.user.token().await.expect_err("the session is too old");
    assert!(error.needs_sign_in(), "{error:?}");
    assert!(!it.user.session_is_valid().await?);
    Ok(())
}

async fn asking_for_a_login_costs_the_session_and_says_so(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with("", app().prompt("login")).await?;
    let error = it.user.token().await.expect_err("the user has to sign in");
    assert!(error.needs_sign_in(), "{error:?}");
    assert!(!it.user.session_is_valid().await?);
    Ok(())
}

async fn an_unknown_client_is_a_matter_of_settings(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with("", client("nobody-knows-it")).await?;
    let error = it.user.token().await.expect_err("the server does not know the client");
    assert!(!error.needs_sign_in(), "{error:?}");
    assert!(it.user.session_is_valid().await?);
    Ok(())
}

async fn a_redirect_to_another_port_is_a_matter_of_settings(world: &World) -> Result<(), BoxError> {
    let name = world.fresh_name("app");
    set_client(&world.admin, REALMS[0].1, &name, Kind::LoopbackApp).await?;
    let other = LOOPBACK_URI.replace(":8400/", ":8401/");
    let it = world.signed_in_with("", client(&name).redirect_uri(&other)).await?;
    let error = it.user.token().await.expect_err("the server does not know the address");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::Misconfigured), "{error:?}");
    assert!(!error.needs_sign_in() && !error.is_retryable(), "{error:?}");
    assert!(it.user.session_is_valid().await?);

    let it = world.signed_in_with("", client(&name).redirect_uri(LOOPBACK_URI)).await?;
    it.user.token().await?;
    Ok(())
}

async fn an_unknown_scope_is_a_matter_of_settings(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with("", app().scopes(["openid", "nope"])).await?;
    let error = it.user.token().await.expect_err("the server does not know the scope");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::Misconfigured), "{error:?}");
    assert_eq!(error.oauth().map(|it| it.error()), Some("invalid_scope"));
    assert!(it.user.session_is_valid().await?);
    Ok(())
}

async fn a_fault_of_the_server_does_not_end_the_login(world: &World) -> Result<(), BoxError> {
    let name = world.fresh_name("app");
    let (_, realm) = REALMS[0];
    set_client(&world.admin, realm, &name, Kind::App).await?;
    let it = world.signed_in_with("", client(&name)).await?;
    it.user.token().await?;
    let refresh_token = it.wire.secrets().refresh_tokens.remove(0);
    set_client(&world.admin, realm, &name, Kind::Broken).await?;
    let error = it.user.refresh().await.expect_err("the server can't make an id token");
    let last = it.wire.seen_at("/access_token").pop().ok_or("nothing was asked")?;
    assert_eq!(last.status, Some(400), "{error:?}");
    assert!(last.body.contains(&refresh_token));
    assert_eq!(error.oauth().map(|it| it.error()), Some("server_error"), "{error:?}");
    assert!(error.is_retryable() && !error.needs_sign_in(), "{error:?}");
    assert_eq!(it.wire.seen_at("/authorize").len(), 1, "the refresh token was given up");

    assert!(it.user.session_is_valid().await?);
    set_client(&world.admin, realm, &name, Kind::App).await?;
    // The server has spent the refresh token all the same; the session makes up for it.
    it.user.refresh().await?;
    it.user.user_info().await?;
    Ok(())
}
