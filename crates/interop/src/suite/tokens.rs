//! Tokens from a session: what they are, what they say, how they end.

use journey_sdk::{
    BoxError, ExposeSecret as _,
    storage::{File, SealingKey},
};

use crate::{
    problem::Doing as _,
    server::ACCESS_TOKEN_LIFE,
    suite::{
        Chapter, World,
        scenario::scenarios,
        wire::{Tamper, Wire},
        world::app,
    },
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Tokens",
    scenarios: scenarios![
        a_session_becomes_tokens_that_were_verified:
            "The session, shown as a cookie and never as a header, becomes a code and then tokens. The \
             id token is verified with the server's keys; the issuer of the root realm is not the URL \
             that was asked, and that of a sub realm is its full path.",
        a_good_token_is_handed_out_again:
            "A token that is still good is handed out without a request.",
        a_token_is_bound_to_pkce_by_hash:
            "The server takes plain PKCE too, so that it is always S256 is the client's doing; state and \
             nonce are new each time.",
        userinfo_tells_who_the_user_is:
            "Userinfo answers the access token, and its subject is that of the id token.",
        revoking_leaves_the_session:
            "Discovery names no revocation end point, and yet one works beside the token end point. \
             Revoking the refresh token kills both; the session stays and gives new tokens.",
        a_refused_revocation_does_not_show_the_token:
            "Asked by another client, the server refuses to revoke a token with `invalid_grant`, and its \
             message holds the token. The message is not passed on, and the refusal ends no login.",
        tokens_are_found_again_after_a_restart:
            "Tokens come back from a sealed file, and are used without a request.",
    ],
};

async fn a_session_becomes_tokens_that_were_verified(world: &World) -> Result<(), BoxError> {
    for (realm, issuer) in [("", "/oauth2"), ("alpha", "/oauth2/realms/root/realms/alpha")] {
        let it = world.signed_in_with_app(realm).await?;
        let token = it.user.token().await?;
        assert_eq!(token.scopes(), ["openid", "profile"]);
        let claims = token.id_claims();
        assert_eq!(claims["iss"], format!("{}{issuer}", world.url), "{realm}");
        assert_eq!(claims["aud"], "app");
        assert_eq!(claims["sub"], it.person.name);
        assert!(it.wire.seen_at("/jwk_uri").len() == 1, "the keys were asked for once");

        let asked = it.wire.seen_at("/authorize");
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].has_cookie("iPlanetDirectoryPro"));
        assert!(!asked[0].headers.contains_key("iPlanetDirectoryPro"));
        assert!(!asked[0].query.contains("prompt="), "prompt=login would cost the session");
        assert!(!asked[0].query.contains("max_age="), "max_age may cost the session");

        let left =
            token.expires_at().ok_or("no end")?.duration_since(std::time::SystemTime::now())?;
        assert!(left.as_secs() <= ACCESS_TOKEN_LIFE && left.as_secs() + 20 > ACCESS_TOKEN_LIFE);
        assert!(it.user.session_is_valid().await?);
    }
    Ok(())
}

async fn a_good_token_is_handed_out_again(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    let first = it.user.token().await?;
    it.wire.take_seen();
    let again = it.user.token().await?;
    assert_eq!(first.value().expose_secret(), again.value().expose_secret());
    assert!(it.wire.take_seen().is_empty());
    Ok(())
}

async fn a_token_is_bound_to_pkce_by_hash(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.user.token().await?;
    assert!(it.user.revoke().await?.is_done());
    it.user.token().await?;
    let asked = it.wire.seen_at("/authorize");
    assert_eq!(asked.len(), 2);
    for name in ["state", "nonce", "code_challenge"] {
        let values: Vec<_> = asked.iter().filter_map(|it| parameter(&it.query, name)).collect();
        assert_eq!(values.len(), 2, "{name}");
        assert_ne!(values[0], values[1], "{name}");
    }
    let method = parameter(&asked[0].query, "code_challenge_method");
    assert_eq!(method.as_deref(), Some("S256"));
    Ok(())
}

async fn userinfo_tells_who_the_user_is(world: &World) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let it = world.signed_in_with_app(realm).await?;
        let info = it.user.user_info().await?;
        assert_eq!(info.sub(), Some(it.person.name.as_str()));
        assert_eq!((info.given_name(), info.family_name()), (Some("Given"), Some("Family")));
    }
    Ok(())
}

async fn revoking_leaves_the_session(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    let first = it.user.token().await?;
    let secrets = it.wire.secrets();
    assert!(world.view.token_lives(&secrets.refresh_tokens[0]).await?);
    assert!(it.user.revoke().await?.is_done());
    assert!(!world.view.token_lives(&secrets.access_tokens[0]).await?);
    assert!(!world.view.token_lives(&secrets.refresh_tokens[0]).await?);
    assert!(it.user.session_is_valid().await?);
    let next = it.user.token().await?;
    assert_ne!(first.value().expose_secret(), next.value().expose_secret());
    it.user.user_info().await?;
    Ok(())
}

async fn a_refused_revocation_does_not_show_the_token(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.user.token().await?;
    it.wire.on("/token/revoke", Tamper::Replace("client_id=app", "client_id=app-consent"));
    let revoked = it.user.revoke().await;
    it.wire.calm();
    let asked = it.wire.seen_at("/token/revoke");
    assert!(asked.iter().any(|it| it.status == Some(400)), "{asked:?}");
    let shown = format!("{revoked:?}");
    let secrets = it.wire.secrets();
    for token in secrets.refresh_tokens.iter().chain(&secrets.access_tokens) {
        assert!(!shown.contains(token.as_str()), "a token is shown");
    }
    assert!(!revoked.is_ok_and(|it| it.is_done()), "{shown}");
    assert!(it.user.session_is_valid().await?);
    Ok(())
}

async fn tokens_are_found_again_after_a_restart(world: &World) -> Result<(), BoxError> {
    let parent = tempfile::tempdir().doing("could not make a folder")?;
    let folder = parent.path().join("store");
    let key = SealingKey::generate()?;
    let wire = Wire::new();
    let storage = File::open(&folder, key.clone()).await?;
    let journey = world.journey("", &wire)?.storage(storage).oidc(app()).build()?;
    let it = world.sign_in(journey, wire).await?;
    let token = it.user.token().await?;
    assert!(token.is_durable());
    drop(it);

    let wire = Wire::new();
    let storage = File::open(&folder, key).await?;
    let journey = world.journey("", &wire)?.storage(storage).oidc(app()).build()?;
    let user = journey.user().await?.ok_or("the user was not found")?;
    assert_eq!(user.token().await?.value().expose_secret(), token.value().expose_secret());
    assert!(wire.take_seen().is_empty(), "a stored token needs no request");
    user.refresh().await?;
    user.user_info().await?;
    assert!(user.logout().await.is_complete());
    assert!(journey.user().await?.is_none());
    Ok(())
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
