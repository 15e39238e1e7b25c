//! The end of a login: everything, everywhere, in every order of failure.

use journey_sdk::{BoxError, SignOutResult, SignOutStep, storage::Memory};

use crate::{
    server::SIGNED_OUT_URI,
    suite::{
        Chapter, World,
        scenario::scenarios,
        wire::{Tamper, Wire},
        world::app,
    },
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Signing out",
    scenarios: scenarios![
        a_sign_out_ends_tokens_and_session:
            "Tokens outlive the session, and the end of the OpenID Connect session leaves refresh tokens \
             alive, so a sign-out revokes them itself. After it the server honors nothing that it gave.",
        tokens_from_before_a_refresh_end_too:
            "A refresh leaves the access token from before it alive until its time; a sign-out must not.",
        a_sign_out_names_where_a_browser_would_go:
            "With a registered address the end of the session is a redirect there, which is not followed.",
        an_address_that_is_not_registered_ends_the_session_all_the_same:
            "An address that is not registered is 400, and the session is gone all the same.",
        a_sign_out_in_every_order_of_failure_leaves_nothing_here:
            "Whichever of the three steps fails, nothing stays here, the report says what failed, and \
             what is pending ends the rest when it is tried again.",
    ],
};

async fn a_sign_out_ends_tokens_and_session(world: &World) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let it = world.signed_in_with_app(realm).await?;
        it.user.token().await?;
        let secrets = it.wire.secrets();
        assert_eq!(world.view.living(&secrets).await?, 3, "a session and two tokens");
        let report = it.user.logout().await;
        assert!(report.is_complete(), "{report:?}");
        for step in [SignOutStep::RevokeTokens, SignOutStep::EndSession] {
            assert!(matches!(report.result(step), Some(SignOutResult::Done)), "{report:?}");
        }
        assert!(!report.may_remain());
        assert_eq!(world.view.living(&secrets).await?, 0);
        assert!(it.journey.user().await?.is_none());
    }
    Ok(())
}

async fn tokens_from_before_a_refresh_end_too(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.user.token().await?;
    it.user.refresh().await?;
    it.user.refresh().await?;
    let report = it.user.logout().await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(world.view.living(&it.wire.secrets()).await?, 0);
    Ok(())
}

async fn a_sign_out_names_where_a_browser_would_go(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with("", app().post_logout_redirect_uri(SIGNED_OUT_URI)).await?;
    it.user.token().await?;
    let report = it.user.logout().await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(it.wire.seen_at("/endSession")[0].status, Some(302));
    assert_eq!(world.view.living(&it.wire.secrets()).await?, 0);
    Ok(())
}

async fn an_address_that_is_not_registered_ends_the_session_all_the_same(
    world: &World,
) -> Result<(), BoxError> {
    let elsewhere = "com.example.app:/nobody-knows-it";
    let it = world.signed_in_with("", app().post_logout_redirect_uri(elsewhere)).await?;
    it.user.token().await?;
    let report = it.user.logout().await;
    assert!(matches!(report.result(SignOutStep::EndSession), Some(SignOutResult::Failed(_))));
    assert_eq!(it.wire.seen_at("/endSession")[0].status, Some(400));
    assert!(report.result(SignOutStep::SessionLogout).is_some_and(SignOutResult::is_ok));
    assert_eq!(world.view.living(&it.wire.secrets()).await?, 0);
    assert!(it.journey.user().await?.is_none());
    Ok(())
}

async fn a_sign_out_in_every_order_of_failure_leaves_nothing_here(
    world: &World,
) -> Result<(), BoxError> {
    let steps = [
        ("/token/revoke", SignOutStep::RevokeTokens),
        ("/endSession", SignOutStep::EndSession),
        ("/sessions", SignOutStep::SessionLogout),
    ];
    for failing in 1..8_u8 {
        for tamper in [Tamper::Unavailable, Tamper::LoseAnswer] {
            let storage = std::sync::Arc::new(Memory::new());
            let wire = Wire::new();
            let journey = world.journey("", &wire)?.storage(storage.clone()).oidc(app()).build()?;
            let it = world.sign_in(journey, wire).await?;
            it.user.token().await?;
            let failing = steps.iter().enumerate().filter(|(bit, _)| failing & 1 << bit != 0);
            let failing: Vec<_> = failing.map(|(_, step)| *step).collect();
            for (path, _) in &failing {
                it.wire.on(path, tamper);
            }
            let mut report = it.user.logout().await;
            for (_, step) in &failing {
                let failed = matches!(report.result(*step), Some(SignOutResult::Failed(_)));
                assert!(failed, "{step:?} of {failing:?} with {tamper:?}: {report:?}");
            }
            assert!(!report.is_complete());
            assert!(it.user.session().is_none());
            assert!(it.journey.user().await?.is_none());
            let again = world.journey("", &Wire::new())?.storage(storage).oidc(app()).build()?;
            assert!(again.user().await?.is_none(), "something stayed in the store");

            it.wire.calm();
            let pending = report.take_pending().ok_or("nothing is pending")?;
            let report = pending.retry().await;
            assert!(report.is_complete(), "{failing:?} with {tamper:?}: {report:?}");
            assert_eq!(world.view.living(&it.wire.secrets()).await?, 0, "{failing:?} {tamper:?}");
        }
    }
    Ok(())
}
