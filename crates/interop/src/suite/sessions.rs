//! The session after a sign-in, and the interface that is asked about it.

use std::time::Duration;

use journey_sdk::{
    BoxError, ErrorKind, SignOutResult, SignOutStep,
    storage::{File, Memory, SealingKey},
};

use crate::{
    problem::Doing as _,
    suite::{
        Chapter, World,
        scenario::scenarios,
        wire::{Seen, Tamper, Wire},
    },
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Sessions",
    scenarios: scenarios![
        the_version_of_the_session_interface_is_found_out_and_remembered:
            "OpenAM knows version 2.0 of the session interface and answers 404 `Resource '' not found` \
             to the newer ones that PingAM wants. The first call finds it out with one more request, \
             and each later one asks with what worked.",
        an_unknown_realm_is_no_unknown_version:
            "An unknown realm is another 404; it is an error, and nothing is tried twice.",
        a_session_tells_how_long_it_lives:
            "The server says when a session ends, used and unused.",
        a_session_kept_alive_was_used:
            "Keeping a session alive moves its time of use, and with it the end of its idle time. (So \
             does asking about it, on this server.)",
        a_log_out_ends_the_session:
            "After a log-out the server does not know the session any more, and nothing is left here.",
        a_log_out_of_an_ended_session_is_done_already:
            "The second log-out is 401 `Access Denied`: it was done already, and is no failure.",
        an_ended_session_needs_a_new_sign_in:
            "The session interface answers 401 to a dead session; the user has to sign in again.",
        a_user_is_found_again_after_a_restart:
            "Session and load balancer's cookie come back from a sealed file, in another process.",
        realms_keep_their_sessions_apart:
            "A sign-in in one realm is none in another, over one store.",
    ],
};

async fn the_version_of_the_session_interface_is_found_out_and_remembered(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    it.user.session_info().await?;
    let asked = it.wire.seen_at("/sessions");
    assert_eq!(
        versions(&asked),
        [
            (Some("resource=4.0, protocol=1.0"), Some(404)),
            (Some("resource=2.0, protocol=1.0"), Some(200)),
        ]
    );
    it.wire.take_seen();
    it.user.session_info().await?;
    it.user.keep_alive().await?;
    assert!(it.user.logout().await.is_complete());
    let asked = it.wire.seen_at("/sessions");
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.iter().all(|it| it.status == Some(200)), "{asked:?}");
    Ok(())
}

async fn an_unknown_realm_is_no_unknown_version(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    it.wire.take_seen();
    it.wire.on("/sessions", Tamper::UnknownRealm);
    let error = it.user.session_info().await.expect_err("there is no such realm");
    assert_eq!(error.server().map(|it| it.code()), Some(404), "{error:?}");
    assert!(!error.needs_sign_in());
    assert_eq!(it.wire.take_seen().iter().filter(|it| it.status == Some(404)).count(), 1);
    Ok(())
}

async fn a_session_tells_how_long_it_lives(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    let info = it.user.session_info().await?;
    let (idle, most) = (info.max_idle_expiration_time(), info.max_session_expiration_time());
    let (idle, most) = (idle.ok_or("no idle time")?, most.ok_or("no longest time")?);
    // Times of one form compare as texts: unused, a session ends earlier.
    assert!(idle < most, "{idle} {most}");
    assert!(info.latest_access_time().is_some_and(|it| it < idle));
    assert!(info.universal_id().is_some_and(|id| id.contains(&it.person.name)));
    Ok(())
}

async fn a_session_kept_alive_was_used(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    let used = async || -> Result<String, BoxError> {
        let info = it.user.session_info().await?;
        Ok(info.latest_access_time().ok_or("no time of use")?.to_owned())
    };
    let first = used().await?;
    // The server counts in seconds.
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    it.user.keep_alive().await?;
    assert!(used().await? > first, "{first}");
    Ok(())
}

async fn a_log_out_ends_the_session(world: &World) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let it = world.signed_in(realm).await?;
        let session = it.wire.secrets().sessions.remove(0);
        let report = it.user.logout().await;
        assert!(report.is_complete(), "{report:?}");
        assert!(matches!(report.result(SignOutStep::SessionLogout), Some(SignOutResult::Done)));
        assert!(!world.view.session_lives(&session).await?);
        assert!(it.user.session().is_none());
        assert!(it.journey.user().await?.is_none());
    }
    Ok(())
}

async fn a_log_out_of_an_ended_session_is_done_already(world: &World) -> Result<(), BoxError> {
    let storage = std::sync::Arc::new(Memory::new());
    let wire = Wire::new();
    let journey = world.journey("", &wire)?.storage(storage.clone()).build()?;
    let it = world.sign_in(journey, wire).await?;
    // The same user, in what could be another process.
    let elsewhere = world.journey("", &Wire::new())?.storage(storage).build()?;
    let other = elsewhere.user().await?.ok_or("the user was not found")?;
    assert!(it.user.logout().await.is_complete());

    let report = other.logout().await;
    assert!(report.is_complete(), "{report:?}");
    let result = report.result(SignOutStep::SessionLogout);
    assert!(matches!(result, Some(SignOutResult::AlreadyDone)), "{report:?}");
    Ok(())
}

async fn an_ended_session_needs_a_new_sign_in(world: &World) -> Result<(), BoxError> {
    let storage = std::sync::Arc::new(Memory::new());
    let wire = Wire::new();
    let journey = world.journey("", &wire)?.storage(storage.clone()).build()?;
    let it = world.sign_in(journey, wire).await?;
    let elsewhere = world.journey("", &Wire::new())?.storage(storage).build()?;
    let other = elsewhere.user().await?.ok_or("the user was not found")?;
    assert!(it.user.logout().await.is_complete());

    assert!(!other.session_is_valid().await?);
    let error = other.session_info().await.expect_err("the session has ended");
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert!(error.needs_sign_in());
    let error = other.keep_alive().await.expect_err("the session has ended");
    assert!(error.needs_sign_in());
    Ok(())
}

async fn a_user_is_found_again_after_a_restart(world: &World) -> Result<(), BoxError> {
    let parent = tempfile::tempdir().doing("could not make a folder")?;
    let folder = parent.path().join("store");
    let key = SealingKey::generate()?;
    let wire = Wire::new();
    let journey = world.journey("alpha", &wire)?;
    let journey = journey.storage(File::open(&folder, key.clone()).await?).build()?;
    let it = world.sign_in(journey, wire).await?;
    let name = it.person.name.clone();
    drop(it);

    let wire = Wire::new();
    let journey = world.journey("alpha", &wire)?;
    let journey = journey.storage(File::open(&folder, key).await?).build()?;
    let user = journey.user().await?.ok_or("the user was not found")?;
    assert_eq!(user.session_info().await?.username(), Some(name.as_str()));
    assert!(wire.seen_at("/sessions").iter().all(|it| it.has_cookie("amlbcookie")));
    assert!(user.logout().await.is_complete());
    assert!(journey.user().await?.is_none());
    Ok(())
}

async fn realms_keep_their_sessions_apart(world: &World) -> Result<(), BoxError> {
    let storage = std::sync::Arc::new(Memory::new());
    let wire = Wire::new();
    let root = world.journey("", &wire)?.storage(storage.clone()).build()?;
    let it = world.sign_in(root, wire).await?;
    let alpha = world.journey("alpha", &Wire::new())?.storage(storage).build()?;
    assert!(alpha.user().await?.is_none());
    let other = alpha.start("password").run(it.person.answers()).await?.user()?;
    assert!(other.logout().await.is_complete());
    assert!(it.user.session_is_valid().await?);
    Ok(())
}

fn versions(seen: &[Seen]) -> Vec<(Option<&str>, Option<u16>)> {
    seen.iter().map(|it| (it.api_version(), it.status)).collect()
}
