//! Requests that the server does not take, and what becomes of the login.

use journey_sdk::{BoxError, ErrorKind};

use crate::suite::{
    Chapter, World,
    nodes::{asked, fill_in, refused},
    scenario::scenarios,
    wire::{Tamper, Wire},
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Refusals",
    scenarios: scenarios![
        an_unknown_chain_is_refused:
            "An unknown chain is 400 `No Configuration found`.",
        an_unknown_module_is_refused:
            "An unknown module is 404.",
        an_unknown_realm_is_refused_in_readable_words:
            "An unknown realm is 404, and its message is HTML-escaped; it is read as text.",
        an_unknown_version_is_a_failure_that_gives_no_step:
            "To a version of the interface that it does not know, the server answers 404 with an empty \
             body, which is no answer of AM's.",
        a_forged_step_is_refused_and_costs_nobody_the_login:
            "An `authId` with another signature is 400. It is no reason to start again by itself, and the \
             session that the account has already stays.",
        a_forced_login_is_refused_by_this_version:
            "With `ForceAuth=true` a journey starts, and always ends in 400 on this version, which takes \
             it for the upgrade of a session that is not there.",
    ],
};

async fn an_unknown_chain_is_refused(world: &World) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let journey = world.journey(realm, &Wire::new())?.build()?;
        let refused = refused(journey.start("nope").await?);
        assert_eq!((refused.status(), refused.message()), (400, "No Configuration found"));
        assert!(!refused.is_restartable());
    }
    Ok(())
}

async fn an_unknown_module_is_refused(world: &World) -> Result<(), BoxError> {
    let journey = world.journey("", &Wire::new())?.build()?;
    let start = journey.start_default().query("authIndexType", "module");
    let refused = refused(start.query("authIndexValue", "nope").await?);
    assert_eq!((refused.status(), refused.message()), (404, "Authentication Module Not Found."));
    Ok(())
}

async fn an_unknown_realm_is_refused_in_readable_words(world: &World) -> Result<(), BoxError> {
    let journey = world.journey("nope", &Wire::new())?.build()?;
    let refused = refused(journey.start("password").await?);
    assert_eq!((refused.status(), refused.message()), (404, r#"Realm "/nope" not found"#));
    Ok(())
}

async fn an_unknown_version_is_a_failure_that_gives_no_step(world: &World) -> Result<(), BoxError> {
    let wire = Wire::new();
    let journey = world.journey("", &wire)?.build()?;
    wire.on("/authenticate", Tamper::Version("resource=4.0, protocol=1.0"));
    let failure = journey.start("password").await.expect_err("the server knows no such version");
    assert_eq!(wire.seen_at("/authenticate")[0].status, Some(404));
    assert_eq!(failure.error().kind(), ErrorKind::Unreadable);
    assert!(failure.into_step().is_none());
    Ok(())
}

async fn a_forged_step_is_refused_and_costs_nobody_the_login(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    let mut step = asked(it.journey.start("password").await?);
    fill_in(&mut step, &it.person);
    it.wire.on("/authenticate", Tamper::Replace(r#"","template""#, r#"x","template""#));
    let refused = refused(step.next().await?);
    it.wire.calm();
    assert_eq!(refused.status(), 400, "{refused:?}");
    assert!(!refused.is_restartable(), "{refused:?}");
    assert!(it.user.session_is_valid().await?);
    assert!(it.journey.user().await?.is_some());
    Ok(())
}

async fn a_forced_login_is_refused_by_this_version(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    let mut step = asked(journey.start("password").force_auth().await?);
    fill_in(&mut step, &person);
    let refused = refused(step.next().await?);
    assert_eq!(refused.status(), 400, "{refused:?}");
    assert!(refused.message().starts_with("Session Upgrade fails"), "{refused:?}");
    // The flag belongs to that journey alone.
    journey.start("password").run(person.answers()).await?.user()?;
    Ok(())
}
