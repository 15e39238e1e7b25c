//! The server stops and starts again in the middle of three stories.

use journey_sdk::{BoxError, ErrorKind, Node, TokenErrorKind};

use crate::{
    server::OpenAm,
    suite::{
        Scenario, World,
        nodes::{asked, fill_in},
        scenario::{Outcome, Pace},
        wire::Wire,
    },
};

/// In a table of its own: while the server is down nothing else can be tried.
pub(crate) const RESTART: Scenario = Scenario {
    name: "a_restart_of_the_server_costs_nobody_the_login",
    fact: "While the server is down every call fails in a way that can be tried again, and nothing is \
           given up. Sessions and refresh tokens survive; a step that was open is refused as expired, \
           and the journey starts again.",
    run: |_| Box::pin(async { Err("needs the server itself".into()) }),
    pace: Pace::Busy,
};

/// Runs the scenario, with the server in hand.
pub(crate) async fn restart(server: &mut OpenAm, world: &World) -> Outcome {
    println!("stopping the server and starting it again");
    let failure = three_stories(server, world).await.err().map(|it| it.to_string());
    let mark = if failure.is_none() { "ok  " } else { "FAIL" };
    println!("{mark} {}", RESTART.name);
    if let Some(failure) = &failure {
        println!("     {failure}");
    }
    Outcome { scenario: &RESTART, failure }
}

async fn three_stories(server: &mut OpenAm, world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let in_a_step = world.journey("", &Wire::new())?.build()?;
    let mut step = asked(in_a_step.start("password").await?);
    fill_in(&mut step, &person);
    let with_session = world.signed_in_with_app("").await?;
    let with_tokens = world.signed_in_with_app("alpha").await?;
    with_tokens.user.token().await?;

    server.stop()?;
    let failure = step.next().await.err().ok_or("the server is down")?;
    check(failure.error().is_retryable(), "a step fails for good")?;
    let step = failure.into_step().ok_or("the step did not come back")?;
    let error = with_session.user.session_is_valid().await.err().ok_or("the server is down")?;
    check(error.kind() == ErrorKind::Network, "a session is said to have ended")?;
    let error = with_tokens.user.refresh().await.err().ok_or("the server is down")?;
    check(error.token_kind() == Some(TokenErrorKind::Transient), "tokens are said to be lost")?;
    server.start_again().await?;

    if let Node::Error(refused) = step.next().await? {
        check(refused.is_restartable(), "a step from before can't be started again")?;
    }
    in_a_step.start("password").run(person.answers()).await?.user()?;
    check(with_session.user.session_is_valid().await?, "the session did not survive")?;
    with_session.user.token().await?;
    with_tokens.user.refresh().await?;
    with_tokens.user.user_info().await?;
    for it in [with_session, with_tokens] {
        check(it.user.logout().await.is_complete(), "a sign-out was not complete")?;
        check(world.view.living(&it.wire.secrets()).await? == 0, "something lives on")?;
    }
    Ok(())
}

fn check(holds: bool, otherwise: &str) -> Result<(), BoxError> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
