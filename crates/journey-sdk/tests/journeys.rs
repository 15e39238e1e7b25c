//! Journeys from the first step to their end, against the simulated AM.

#![expect(clippy::panic, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{PASSWORD, USER, answers, builder, journey, sign_in};
use journey_sdk::{
    Answers, ContinueNode, ErrorKind, ExposeSecret, Journey, NameCallback, Node, PasswordCallback,
    PollingWaitCallback, RunError, SuccessNode,
};
use journey_testkit::{
    clock::ManualClock,
    sim::{Am, Fault, Page, Profile, Tree},
};
use tokio::time::Instant;

#[tokio::test]
async fn a_right_password_signs_in() {
    let am = Am::demo();
    let journey = journey(&am);
    let mut first = first_step(&journey).await;
    fill(&mut first, USER, PASSWORD);
    let success = success(first.next().await.unwrap());
    let session = success.session().unwrap();
    assert!(am.is_alive(session.value().expose_secret()));
    assert_eq!(session.realm().as_str(), "/alpha");
    assert!(success.stored().is_ok());
    assert!(success.user().is_ok());
    am.assert_every_request_named_its_version();
}

#[tokio::test]
async fn a_journey_by_hand_can_return_the_errors_of_the_crate_with_a_question_mark() {
    async fn begin(journey: &Journey) -> Result<Node, journey_sdk::Error> {
        Ok(journey.start("Login").await?)
    }
    async fn sign_in(journey: &Journey, password: &str) -> Result<SuccessNode, RunError> {
        let mut node = journey.start("Login").await?;
        loop {
            node = match node {
                Node::Continue(mut step) => {
                    fill(&mut step, USER, password);
                    step.next().await?
                }
                Node::Error(refused) => return Err(refused.into()),
                Node::Success(success) => return Ok(success),
            }
        }
    }
    let am = Am::demo();
    let journey = journey(&am);

    let refused = sign_in(&journey, "wrong").await.unwrap_err();
    assert!(matches!(&refused, RunError::Refused(it) if it.code() == 401), "{refused:?}");
    am.fail_each("/authenticate", Fault::Status(503));
    let failed = sign_in(&journey, PASSWORD).await.unwrap_err();
    assert!(matches!(&failed, RunError::Failed(_)), "{failed:?}");
    assert_eq!(begin(&journey).await.unwrap_err().kind(), ErrorKind::Server);
}

#[tokio::test]
async fn a_wrong_password_is_told_with_code_reason_and_message_and_the_journey_starts_again() {
    let am = Am::demo();
    let journey = journey(&am);
    let mut first = first_step(&journey).await;
    fill(&mut first, USER, "wrong");
    let Node::Error(refused) = first.next().await.unwrap() else { panic!("not refused") };
    assert_eq!((refused.code(), refused.reason()), (401, "Unauthorized"));
    assert!(!refused.message().is_empty());
    assert!(!refused.is_restartable());
    assert!(journey.user().await.unwrap().is_none());

    let mut again = first_step(&journey).await;
    fill(&mut again, USER, PASSWORD);
    success(again.next().await.unwrap());
}

#[tokio::test]
async fn an_expired_step_is_refused_and_restartable_on_both_kinds_of_server() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let clock = ManualClock::frozen_now();
        let am = Am::demo_builder().profile(profile).clock(clock.as_fn()).build();
        let mut first = first_step(&journey(&am)).await;
        fill(&mut first, USER, PASSWORD);
        clock.advance(Duration::from_secs(86_400));
        let Node::Error(refused) = first.next().await.unwrap() else { panic!("not refused") };
        assert!(refused.is_restartable(), "{profile:?}: {refused:?}");
    }
}

#[tokio::test]
async fn an_expired_step_does_not_sign_out_who_is_signed_in() {
    // The answer deletes the session cookie; the journey's cookies are its own.
    let clock = ManualClock::frozen_now();
    let am = Am::demo_builder().profile(Profile::OpenAm16).clock(clock.as_fn()).build();
    let journey = journey(&am);
    let mut old = first_step(&journey).await;
    let user = sign_in(&journey).await;
    fill(&mut old, USER, PASSWORD);
    clock.advance(Duration::from_secs(150));
    let Node::Error(refused) = old.next().await.unwrap() else { panic!("not refused") };
    assert!(refused.is_restartable());
    assert!(user.session_is_valid().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_journey_that_is_not_understood_fails_and_gives_the_step_back() {
    let am = Am::demo();
    let mut step = first_step(&journey(&am)).await;
    fill(&mut step, USER, PASSWORD);
    let faults = [
        (Fault::Html, ErrorKind::Unreadable, "core.unreadable"),
        (Fault::Status(503), ErrorKind::Server, "core.server"),
        (Fault::RetryAfter(429, 7), ErrorKind::Server, "core.server"),
        (Fault::DropBefore, ErrorKind::Network, "transport"),
    ];
    for (fault, kind, code) in faults {
        am.fail_next("/authenticate", fault.clone());
        let failure = step.next().await.unwrap_err();
        assert_eq!(failure.error().kind(), kind, "{fault:?}: {failure:?}");
        assert!(failure.error().code().starts_with(code), "{fault:?}: {failure:?}");
        if let Fault::RetryAfter(_, seconds) = fault {
            assert_eq!(failure.error().retry_after(), Some(Duration::from_secs(seconds)));
        }
        step = failure.into_step().expect("the step comes back");
    }
    success(step.next().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_ends_in_a_timeout_that_gives_the_step_back() {
    let am = Am::demo();
    let mut step = first_step(&journey(&am)).await;
    fill(&mut step, USER, PASSWORD);
    am.fail_next("/authenticate", Fault::Hang);
    let failure = step.next().await.unwrap_err();
    assert_eq!(failure.error().code(), "transport.timeout");
    let step = failure.into_step().unwrap();
    success(step.next().await.unwrap());
}

#[tokio::test]
async fn a_start_that_fails_has_no_step() {
    let am = Am::demo();
    am.fail_next("/authenticate", Fault::Status(502));
    let failure = journey(&am).start("Login").await.unwrap_err();
    assert!(failure.error().is_retryable());
    assert!(failure.into_step().is_none());
}

#[tokio::test]
async fn an_unknown_journey_and_an_unknown_realm_are_refused() {
    let am = Am::demo();
    let Node::Error(refused) = journey(&am).start("Nope").await.unwrap() else { panic!() };
    assert_eq!(refused.code(), 400);
    let elsewhere = builder(&am).realm("nowhere").build().unwrap();
    let Node::Error(refused) = elsewhere.start("Login").await.unwrap() else { panic!() };
    assert_eq!(refused.code(), 404);
    assert!(refused.message().contains("\"/nowhere\""), "{}", refused.message());
}

#[tokio::test]
async fn a_journey_without_session_has_no_user() {
    let am = Am::demo();
    let journey = journey(&am);
    let success = journey.start("Login").no_session().run(answers()).await.unwrap();
    assert!(success.session().is_none());
    assert_eq!(success.user().unwrap_err().code(), "session.not_asked_for");
    assert!(journey.user().await.unwrap().is_none());
    assert!(am.live_sessions().is_empty());
}

#[tokio::test]
async fn the_flags_of_one_journey_do_not_leak_into_another() {
    let am = Am::demo();
    let journey = journey(&am);
    let plain = first_step(&journey).await;
    let mut silent = step(journey.start("Login").no_session().await.unwrap());
    let mut plain_again = plain;
    fill(&mut plain_again, USER, PASSWORD);
    fill(&mut silent, USER, PASSWORD);
    assert!(success(plain_again.next().await.unwrap()).session().is_some());
    assert!(success(silent.next().await.unwrap()).session().is_none());
}

#[tokio::test]
async fn a_journey_of_several_pages_runs_by_a_table_of_answers() {
    let tree = Tree::new("Factors")
        .page(Page::credentials())
        .page(Page::new().text_output("We sent you a code").one_time_password("Code:", "123456"))
        .page(Page::new().choice("Where to", ["Home", "Work"], 0))
        .page(Page::new().polling_wait(5, 2, "Waiting"));
    let am = Am::demo_builder().tree("alpha", tree).build();
    let start = || journey(&am).start("Factors");
    let answers = answers().prompt("code", "123456").prompt("where to", "Work");
    assert!(start().run(answers.clone()).await.unwrap().session().is_some());

    let missing = start().run(Answers::new().name(USER).password(PASSWORD)).await.unwrap_err();
    let RunError::Unanswered { reason, .. } = missing else {
        // A password callback asks for the code, so the password is sent as one and refused.
        let RunError::Refused(_) = missing else { panic!("{missing:?}") };
        return;
    };
    assert!(reason.to_string().contains("Where to"), "{reason}");
}

#[tokio::test]
async fn a_run_without_an_answer_names_what_is_missing() {
    let am = Am::demo();
    let error = journey(&am).start("Login").run(Answers::new().name(USER)).await.unwrap_err();
    assert!(error.to_string().contains("PasswordCallback"), "{error}");
    assert!(matches!(error, RunError::Unanswered { .. }));
}

fn waiting(milliseconds: u64, rounds: u32) -> Am {
    let wait = Page::new().polling_wait(milliseconds, rounds, "Look at your phone");
    let tree = Tree::new("Push").page(Page::credentials()).page(wait);
    Am::demo_builder().tree("alpha", tree).build()
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_as_long_as_the_server_asks_before_each_answer() {
    let (am, began) = (waiting(20_000, 3), Instant::now());
    let success = journey(&am).start("Push").run(answers()).await.unwrap();
    assert!(success.session().is_some());
    // The paused clock moves only when everybody waits, so this is what was waited for.
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_would_wait_too_long_ends_at_once_and_gives_the_step_back() {
    let (am, began) = (waiting(20_000, 3), Instant::now());
    let run = journey(&am).start("Push").run(answers()).polling_deadline(Duration::from_secs(50));
    let ended = run.await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 40, "the third wait would end after the deadline");
    let RunError::Unanswered { step, .. } = ended else { panic!("{ended:?}") };
    assert_eq!(step.callback::<PollingWaitCallback>().unwrap().message(), "Look at your phone");
    success(step.next().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_goes_round_for_ever_is_ended() {
    let ended = journey(&waiting(1, 1_000)).start("Push").run(answers()).await.unwrap_err();
    let RunError::Unanswered { reason, .. } = ended else { panic!("{ended:?}") };
    assert!(reason.to_string().contains("100 steps"), "{reason}");
}

#[tokio::test]
async fn an_unknown_callback_goes_back_unharmed() {
    let custom = serde_json::json!({
        "type": "UnheardOfCallback", "output": [{"name": "color", "value": "red"}],
        "input": [{"name": "IDToken1", "value": ""}], "extra": 1.0
    });
    let tree = Tree::new("Odd").page(Page::credentials()).page(Page::new().callback(custom));
    let am = Am::demo_builder().tree("alpha", tree).build();
    assert!(journey(&am).start("Odd").run(answers()).await.is_ok());
}

#[tokio::test]
async fn a_next_that_is_dropped_still_brings_the_session_home() {
    let am = Am::demo();
    let journey = journey(&am);
    let mut step = first_step(&journey).await;
    fill(&mut step, USER, PASSWORD);
    let gate = am.hold_next_answer("/authenticate");
    {
        let next = step.next();
        tokio::pin!(next);
        tokio::select! {
            _ = &mut next => panic!("the answer is held back"),
            () = gate.arrived() => {}
        }
    }
    gate.release();
    journey.drain().await;
    let user = journey.user().await.unwrap().expect("the session came home");
    assert!(user.session_is_valid().await.unwrap());
}

#[test]
fn without_a_runtime_the_error_says_so() {
    let am = Am::demo();
    let start = journey(&am).start("Login").into_future();
    let waker = std::task::Waker::noop();
    let mut start = std::pin::pin!(start);
    match start.as_mut().poll(&mut std::task::Context::from_waker(waker)) {
        std::task::Poll::Ready(Err(failure)) => {
            assert_eq!(failure.error().code(), "transport.no_runtime");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn settings_that_do_not_fit_are_told_by_build() {
    for server in ["", "am.example.com", "ftp://am.example.com"] {
        assert!(Journey::builder(server).build().is_err(), "{server:?}");
    }
    assert!(Journey::builder("https://am.example.com/am").realm("../x").build().is_err());
}

async fn first_step(journey: &Journey) -> ContinueNode {
    step(journey.start("Login").await.expect("the server answers"))
}

fn step(node: Node) -> ContinueNode {
    match node {
        Node::Continue(step) => step,
        other => panic!("no step: {other:?}"),
    }
}

fn success(node: Node) -> SuccessNode {
    match node {
        Node::Success(success) => success,
        other => panic!("no success: {other:?}"),
    }
}

/// Puts name and password into a step.
fn fill(step: &mut ContinueNode, name: &str, password: &str) {
    step.callback_mut::<NameCallback>().expect("asks for a name").set_name(name);
    step.callback_mut::<PasswordCallback>().expect("asks for a password").set_password(password);
}
