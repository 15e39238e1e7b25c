//! Clients with a secret.

use journey_sdk::{BoxError, TokenErrorKind};

use crate::{
    server::CLIENT_SECRET,
    suite::{Chapter, World, scenario::scenarios, world::client},
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Clients with a secret",
    scenarios: scenarios![
        a_server_app_signs_in_with_its_secret:
            "A client with a secret shows it in the `Authorization` header; its id tokens are signed \
             with that secret (HS256), which has to be allowed.",
        a_signature_by_secret_is_not_believed_unless_allowed:
            "Unless it was allowed, an id token signed with a secret is thrown away.",
        a_wrong_secret_is_a_matter_of_settings:
            "A wrong secret is `invalid_client`; the login stays.",
    ],
};

async fn a_server_app_signs_in_with_its_secret(world: &World) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let app = client("server-app").client_secret_basic(CLIENT_SECRET).allow_hs256();
        let it = world.signed_in_with(realm, app).await?;
        let token = it.user.token().await?;
        assert_eq!(token.id_claims()["aud"], "server-app");
        it.user.refresh().await?;
        it.user.user_info().await?;
        assert!(it.user.revoke().await?.is_done());
        let shown = it.wire.seen_at("/access_token");
        assert!(shown.iter().all(|it| it.headers.contains_key("authorization")));
        assert!(shown.iter().all(|it| !it.body.contains(CLIENT_SECRET)));
    }
    Ok(())
}

async fn a_signature_by_secret_is_not_believed_unless_allowed(
    world: &World,
) -> Result<(), BoxError> {
    let app = client("server-app").client_secret_basic(CLIENT_SECRET);
    let it = world.signed_in_with("", app).await?;
    let error = it.user.token().await.expect_err("signatures by secret are not allowed");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::Untrusted), "{error:?}");
    assert!(!error.needs_sign_in());
    assert!(it.user.session_is_valid().await?);
    Ok(())
}

async fn a_wrong_secret_is_a_matter_of_settings(world: &World) -> Result<(), BoxError> {
    let app = client("server-app").client_secret_basic("not-the-secret").allow_hs256();
    let it = world.signed_in_with("", app).await?;
    let error = it.user.token().await.expect_err("the secret is wrong");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::Misconfigured), "{error:?}");
    assert_eq!(error.oauth().map(|it| it.error()), Some("invalid_client"));
    assert!(it.user.session_is_valid().await?);
    Ok(())
}
