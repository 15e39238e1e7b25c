//! Tokens kept fresh.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use journey_sdk::{BoxError, Clock, ExposeSecret as _, TokenErrorKind, User};

use crate::{
    server::ACCESS_TOKEN_LIFE,
    suite::{
        Chapter, World,
        scenario::scenarios,
        wire::{Tamper, Wire},
        world::app,
    },
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Renewal",
    scenarios: scenarios![
        a_refresh_spends_the_old_refresh_token:
            "Each refresh brings a new refresh token and spends the old one. Refreshed id tokens have no \
             nonce, and `auth:time` in milliseconds; they are verified all the same.",
        an_ended_token_is_renewed_by_itself:
            "A token that has ended is renewed by the call that wants one, with one request.",
        many_callers_cause_one_refresh:
            "A second use of a spent refresh token is refused, so many callers have to share one.",
        a_refresh_whose_answer_is_lost_is_made_good_by_the_session:
            "When the answer to a refresh is lost, its token is spent and the new one never came: \
             `invalid_grant` next time. The session is the way back.",
        tokens_outlive_the_session:
            "The end of the session leaves refresh tokens alive; a refresh works without it.",
        without_session_and_refresh_token_a_new_sign_in_is_needed:
            "Revoked elsewhere and without a session, there is no way back but a new sign-in.",
        a_lost_answer_to_a_code_is_made_good:
            "A code used twice is refused and kills the tokens of its first use. After a lost answer \
             the tokens come from a new code, and those nobody saw are dead.",
    ],
};

async fn a_refresh_spends_the_old_refresh_token(world: &World) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let it = world.signed_in_with_app(realm).await?;
        let first = it.user.token().await?;
        let second = it.user.refresh().await?;
        let third = it.user.refresh().await?;
        let values = [&first, &second, &third].map(|it| it.value().expose_secret());
        assert!(values[0] != values[1] && values[1] != values[2]);
        assert_eq!(third.id_claims()["sub"], it.person.name);
        assert_eq!(it.wire.seen_at("/authorize").len(), 1, "a refresh needs no session");
        let tokens = it.wire.secrets().refresh_tokens;
        assert_eq!(tokens.len(), 3);
        assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
        it.user.user_info().await?;
    }
    Ok(())
}

async fn an_ended_token_is_renewed_by_itself(world: &World) -> Result<(), BoxError> {
    let ahead = Arc::new(AtomicU64::new(0));
    let clock = {
        let ahead = Arc::clone(&ahead);
        Clock::new(move || SystemTime::now() + Duration::from_secs(ahead.load(Ordering::Relaxed)))
    };
    let wire = Wire::new();
    // The server's clock stays behind, so it may be off by as much.
    let client = app().skew(Duration::from_secs(300));
    let journey = world.journey("", &wire)?.clock(clock).oidc(client).build()?;
    let it = world.sign_in(journey, wire).await?;
    let first = it.user.token().await?;
    ahead.store(ACCESS_TOKEN_LIFE + 1, Ordering::Relaxed);
    it.wire.take_seen();
    let second = it.user.token().await?;
    assert_ne!(first.value().expose_secret(), second.value().expose_secret());
    let asked = it.wire.take_seen();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].body.contains("grant_type=refresh_token"));
    Ok(())
}

async fn many_callers_cause_one_refresh(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.user.token().await?;
    it.wire.take_seen();
    let refresh = |user: User| async move { user.refresh().await };
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        callers.spawn(refresh(it.user.clone()));
    }
    let mut values = Vec::new();
    for token in callers.join_all().await {
        values.push(token?.value().expose_secret().to_owned());
    }
    values.dedup();
    assert_eq!(values.len(), 1);
    assert_eq!(it.wire.seen_at("/access_token").len(), 1);
    Ok(())
}

async fn a_refresh_whose_answer_is_lost_is_made_good_by_the_session(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.user.token().await?;
    it.wire.on("/access_token", Tamper::LoseAnswer);
    let error = it.user.refresh().await.expect_err("the answer was lost");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::Transient), "{error:?}");
    it.wire.calm();
    it.wire.take_seen();
    it.user.refresh().await?;
    let asked = it.wire.take_seen();
    assert_eq!(asked[0].status, Some(400), "the token was spent: {asked:?}");
    assert!(asked.iter().any(|it| it.path.ends_with("/authorize")), "{asked:?}");

    let report = it.user.logout().await;
    assert!(report.is_complete(), "{report:?}");
    assert!(report.may_remain(), "nobody saw the tokens of the lost answer: {report:?}");
    assert_eq!(world.view.living(&it.wire.secrets()).await?, 0, "of what came home");
    Ok(())
}

async fn tokens_outlive_the_session(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.user.token().await?;
    world.view.end_session(&it.wire.secrets().sessions[0]).await?;
    assert!(!it.user.session_is_valid().await?);
    it.user.refresh().await?;
    it.user.user_info().await?;
    Ok(())
}

async fn without_session_and_refresh_token_a_new_sign_in_is_needed(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.user.token().await?;
    let secrets = it.wire.secrets();
    world.view.end_session(&secrets.sessions[0]).await?;
    world.view.revoke(&secrets.refresh_tokens[0]).await?;
    let error = it.user.refresh().await.expect_err("nothing is left to get tokens with");
    assert!(error.needs_sign_in(), "{error:?}");

    let user = it.journey.start("password").run(it.person.answers()).await?.user()?;
    user.token().await?;
    Ok(())
}

async fn a_lost_answer_to_a_code_is_made_good(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in_with_app("").await?;
    it.wire.on("/access_token", Tamper::LoseAnswer);
    let error = it.user.token().await.expect_err("the answer was lost");
    assert_eq!(error.token_kind(), Some(TokenErrorKind::Transient), "{error:?}");
    it.wire.calm();
    it.user.token().await?;
    assert_eq!(it.wire.seen_at("/authorize").len(), 2);
    it.user.user_info().await?;
    assert!(it.user.logout().await.is_complete());
    assert_eq!(world.view.living(&it.wire.secrets()).await?, 0);
    Ok(())
}
