//! Signing in with a password, and all the ways in which it is refused.

use std::time::Duration;

use journey_sdk::{Answers, BoxError, ContinueNode, ErrorKind, ErrorNode, Journey, RunError};

use crate::suite::{
    Chapter, World,
    nodes::{asked, fill_in, refused, succeeded},
    scenario::scenarios,
    wire::{Tamper, Wire},
    world::Person,
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Journeys",
    scenarios: scenarios![
        an_expired_step_is_refused_and_can_be_started_again (Waiting):
            "A step lives for two minutes here. After that its answer is 408 `Session has timed out`: \
             an error node that can be restarted, not a failure of the network.",
        a_password_signs_in_in_the_root_realm:
            "Name and password end in a session whose owner the server confirms.",
        a_password_signs_in_in_a_sub_realm:
            "A realm is a path, `realms/root/realms/alpha`, and the session says it is of `/alpha`.",
        a_wrong_password_is_refused_and_the_journey_starts_again:
            "After a wrong password the journey is over (401); the same client signs in with a new one.",
        the_same_step_answered_again_leaves_the_account_signed_in:
            "The answer to a step of a finished journey is 408, and deletes the session cookie and the \
             load balancer's by `Set-Cookie`. A late retry must not sign anybody out, so each journey \
             has cookies of its own.",
        an_answer_lost_on_its_way_gives_the_step_back:
            "When the connection ends before the answer, nothing is known; the step comes back with its \
             answers, and sent again it is refused as spent, in a way that can be restarted.",
        a_journey_without_a_session_succeeds_without_a_user:
            "With `noSession` the success holds a message and no token; there is nobody to be signed in.",
        where_to_go_next_is_data:
            "The server repeats any `goto` as the success URL, even one on a foreign host. It is handed \
             on and never followed.",
        texts_come_in_the_users_language:
            "`Accept-Language` chooses the language of prompts.",
        two_users_of_one_client_do_not_mix:
            "Two journeys of one client, answered in turn, end in two sessions of two users.",
    ],
};

async fn a_password_signs_in_in_the_root_realm(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    let info = it.user.session_info().await?;
    assert_eq!(info.username(), Some(it.person.name.as_str()));
    assert_eq!(info.realm(), Some("/"));
    let session = it.wire.secrets().sessions;
    assert!(world.view.session_lives(&session[0]).await?);
    Ok(())
}

async fn a_password_signs_in_in_a_sub_realm(world: &World) -> Result<(), BoxError> {
    for realm in ["alpha", "/alpha", "root/realms/alpha"] {
        let it = world.signed_in(realm).await?;
        let info = it.user.session_info().await?;
        assert_eq!(info.username(), Some(it.person.name.as_str()), "{realm}");
        assert_eq!(info.realm(), Some("/alpha"), "{realm}");
    }
    Ok(())
}

async fn a_wrong_password_is_refused_and_the_journey_starts_again(
    world: &World,
) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let person = world.person().await?;
        let journey = world.journey(realm, &Wire::new())?.build()?;
        let wrong = Answers::new().name(person.name.as_str()).password("not-the-password");
        let refused = refused_at_the_end(journey.start("password").run(wrong).await);
        assert_eq!(
            (refused.status(), refused.code(), refused.reason()),
            (401, 401, "Unauthorized")
        );
        assert_eq!(refused.message(), "Authentication Failed");
        assert!(journey.user().await?.is_none());

        journey.start("password").run(person.answers()).await?.user()?;
        assert!(journey.user().await?.is_some());
    }
    Ok(())
}

async fn an_expired_step_is_refused_and_can_be_started_again(
    world: &World,
) -> Result<(), BoxError> {
    let person = world.person().await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    let step = filled_in(&journey, &person).await?;
    tokio::time::sleep(Duration::from_secs(130)).await;
    let refused = refused(step.next().await?);
    assert_eq!(refused.status(), 408);
    assert!(refused.is_restartable());
    journey.start("password").run(person.answers()).await?.user()?;
    Ok(())
}

async fn the_same_step_answered_again_leaves_the_account_signed_in(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    let step = filled_in(&it.journey, &it.person).await?;
    it.wire.on("/authenticate", Tamper::LoseAnswer);
    let failure = step.next().await.expect_err("the answer was lost");
    it.wire.calm();
    it.wire.take_seen();
    let step = failure.into_step().expect("the step comes back");
    let refused = refused(step.next().await?);
    assert_eq!(refused.status(), 408);
    assert!(refused.is_restartable());

    assert!(it.user.session_is_valid().await?, "the account has lost its session");
    let asked = it.wire.seen_at("/sessions");
    assert!(asked.iter().all(|it| it.has_cookie("amlbcookie")), "its cookies are gone: {asked:?}");
    assert!(it.journey.user().await?.is_some());
    Ok(())
}

async fn an_answer_lost_on_its_way_gives_the_step_back(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let wire = Wire::new();
    let journey = world.journey("", &wire)?.build()?;
    let step = filled_in(&journey, &person).await?;
    wire.on("/authenticate", Tamper::LoseAnswer);
    let failure = step.next().await.expect_err("the answer was lost");
    assert_eq!(failure.error().kind(), ErrorKind::Network);
    assert_eq!(wire.seen_at("/authenticate").len(), 2, "a step is never sent twice by itself");
    wire.calm();
    let step = failure.into_step().expect("the step comes back");
    let refused = refused(step.next().await?);
    assert!(refused.is_restartable());
    journey.start("password").run(person.answers()).await?.user()?;
    Ok(())
}

async fn a_journey_without_a_session_succeeds_without_a_user(
    world: &World,
) -> Result<(), BoxError> {
    let person = world.person().await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    let success = journey.start("password").no_session().run(person.answers()).await?;
    assert!(success.session().is_none());
    assert_eq!(success.input()["message"], "Authentication Successful");
    assert_eq!(success.user().expect_err("there is no session").kind(), ErrorKind::Misuse);
    assert!(journey.user().await?.is_none());
    Ok(())
}

async fn where_to_go_next_is_data(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let wire = Wire::new();
    let journey = world.journey("", &wire)?.build()?;
    let start = journey.start("password").goto("https://evil.example.com/");
    let success = start.run(person.answers()).await?;
    let session = success.session().expect("a session");
    assert_eq!(session.success_url(), Some("https://evil.example.com/"));
    assert!(wire.take_seen().iter().all(|it| it.path.starts_with("/json/")));
    Ok(())
}

async fn texts_come_in_the_users_language(world: &World) -> Result<(), BoxError> {
    let journey = world.journey("", &Wire::new())?.build()?;
    for (language, expected) in
        [("fr-CA, fr;q=0.8", "Connexion à OpenAM"), ("en", "Sign in to OpenAM")]
    {
        let step = asked(journey.start("password").locale(language).await?);
        assert_eq!(step.header(), Some(expected));
    }
    Ok(())
}

async fn two_users_of_one_client_do_not_mix(world: &World) -> Result<(), BoxError> {
    let (one, two) = (world.person().await?, world.person().await?);
    let journey = world.journey("", &Wire::new())?.build()?;
    let mut first = asked(journey.start("password").account("one").await?);
    let mut second = asked(journey.start("password").account("two").await?);
    fill_in(&mut first, &one);
    fill_in(&mut second, &two);
    let (first, second) = tokio::join!(first.next(), second.next());
    for (node, person) in [(first?, &one), (second?, &two)] {
        let info = succeeded(node).user()?.session_info().await?;
        assert_eq!(info.username(), Some(person.name.as_str()));
    }
    let sessions = [journey.user_for("one").await?, journey.user_for("two").await?];
    assert!(sessions.iter().all(Option::is_some));
    Ok(())
}

async fn filled_in(journey: &Journey, person: &Person) -> Result<ContinueNode, BoxError> {
    let mut step = asked(journey.start("password").await?);
    fill_in(&mut step, person);
    Ok(step)
}

fn refused_at_the_end<T: std::fmt::Debug>(result: Result<T, RunError>) -> ErrorNode {
    match result {
        Err(RunError::Refused(refused)) => refused,
        other => panic!("an error was expected, and not {other:?}"),
    }
}
