//! Half-done journeys: recovered after a lost answer, carried to another process, resumed.

mod common;

use std::{sync::Arc, time::Duration};

use common::{PASSWORD, USER, answers, builder, journey, sign_in};
use journey_sdk::{
    Answers, ContinueNode, ExposeSecret, NameCallback, Node, PasswordCallback, Resume, StepState,
    storage::Memory,
};
use journey_testkit::{
    clock::ManualClock,
    sim::{Am, Fault, Page, Profile, Tree},
};

async fn filled_step(journey: &journey_sdk::Journey, password: &str) -> ContinueNode {
    let started = journey.start("Login").await;
    let Ok(Node::Continue(mut step)) = started else { unreachable!("{started:?}") };
    step.callback_mut::<NameCallback>().expect("asks for a name").set_name(USER);
    step.callback_mut::<PasswordCallback>().expect("asks for it").set_password(password);
    step
}

#[tokio::test]
async fn a_login_whose_answer_was_lost_is_recovered_with_the_same_answers() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let am = Am::demo_builder().profile(profile).build();
        let journey = journey(&am);
        let step = filled_step(&journey, PASSWORD).await;
        am.fail_next("/authenticate", Fault::DropAfter);
        let step = step.next().await.unwrap_err().into_step().unwrap();
        let Node::Error(spent) = step.next().await.unwrap() else { panic!("{profile:?}") };
        assert!(spent.is_restartable() && spent.can_try_again());
        assert!(matches!(spent.try_again().await.unwrap(), Node::Success(_)), "{profile:?}");
        assert!(journey.user().await.unwrap().unwrap().session_is_valid().await.unwrap());
    }
}

#[tokio::test]
async fn a_run_recovers_by_itself_once() {
    let clock = ManualClock::frozen_now();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let lifetime = am.lifetimes().auth_id;

    /// Lets time pass before it answers, as often as it is told.
    #[derive(Debug)]
    struct Slow(ManualClock, Duration, std::sync::atomic::AtomicU32, Answers);
    #[journey_sdk::async_trait]
    impl journey_sdk::Responder for Slow {
        async fn respond(
            &self,
            step: &mut journey_sdk::Step,
        ) -> Result<(), journey_sdk::Unanswered> {
            if self.2.load(std::sync::atomic::Ordering::Relaxed) > 0 {
                self.2.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                self.0.advance(self.1 * 2);
            }
            self.3.respond(step).await
        }
    }

    let slow = Slow(clock.clone(), lifetime, 1.into(), answers());
    assert!(journey(&am).start("Login").run(slow).await.is_ok());
    assert_eq!(am.count("POST", "/authenticate"), 4, "start, answer, start, answer");
}

#[tokio::test]
async fn a_refused_password_is_not_tried_again() {
    let am = Am::demo();
    let step = filled_step(&journey(&am), "wrong").await;
    let Node::Error(refused) = step.next().await.unwrap() else { panic!() };
    assert!(!refused.can_try_again());
    let sent = am.requests().len();
    assert!(matches!(refused.try_again().await.unwrap(), Node::Error(_)));
    assert_eq!(am.requests().len(), sent, "nobody was asked");
}

#[tokio::test]
async fn answers_are_never_given_a_third_time() {
    let clock = ManualClock::frozen_now();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let step = filled_step(&journey(&am), PASSWORD).await;
    clock.advance(am.lifetimes().auth_id * 2);
    let Node::Error(spent) = step.next().await.unwrap() else { panic!() };
    // The journey starts anew; before its first step is answered, that has expired too.
    let gate = am.hold_next_answer("/authenticate");
    let (second, ()) = tokio::join!(spent.try_again(), async {
        gate.arrived().await;
        clock.advance(am.lifetimes().auth_id * 2);
        gate.release();
    });
    let second = match second.unwrap() {
        Node::Error(second) => second,
        other => panic!("{other:?}"),
    };
    assert!(second.is_restartable() && !second.can_try_again());
}

#[tokio::test]
async fn a_journey_that_begins_otherwise_comes_back_to_be_answered() {
    // The first page asks for a one-time code: that is never given twice.
    let page = || Page::new().one_time_password("One-time code", "123456");
    let clock = ManualClock::frozen_now();
    let tree = Tree::new("Code").page(Page::credentials()).page(page());
    let am = Am::demo_builder().clock(clock.as_fn()).tree("alpha", tree).build();
    let journey = journey(&am);
    let Node::Continue(mut first) = journey.start("Code").await.unwrap() else { panic!() };
    first.callback_mut::<NameCallback>().unwrap().set_name(USER);
    first.callback_mut::<PasswordCallback>().unwrap().set_password(PASSWORD);
    let Node::Continue(mut code) = first.next().await.unwrap() else { panic!() };
    for callback in code.callbacks_mut() {
        Answers::new().prompt("One-time code", "123456").fill(callback).unwrap();
    }
    clock.advance(am.lifetimes().auth_id * 2);
    let Node::Error(spent) = code.next().await.unwrap() else { panic!() };
    let Node::Continue(again) = spent.try_again().await.unwrap() else { panic!() };
    assert!(again.callback::<NameCallback>().is_some(), "from the beginning");
}

#[tokio::test]
async fn another_process_goes_on_with_a_half_done_journey() {
    let am = Am::demo();
    let step = filled_step(&journey(&am), PASSWORD).await;
    let state = step.to_state();
    assert!(!format!("{state:?}").contains(PASSWORD));
    drop(step);

    let carried = StepState::from_exposed(state.expose().clone());
    let elsewhere = builder(&am).storage(Arc::new(Memory::new())).build().unwrap();
    let step = elsewhere.continue_from(&carried).unwrap();
    let Node::Success(success) = step.next().await.unwrap() else { panic!() };
    assert!(am.is_alive(success.session().unwrap().value().expose_secret()));
    assert!(elsewhere.user().await.unwrap().is_some());
}

#[tokio::test]
async fn a_state_keeps_options_and_account() {
    let am = Am::demo();
    let journey = journey(&am);
    let start = journey.start("Login").account("work").no_session().await;
    let Ok(Node::Continue(mut step)) = start else { panic!() };
    step.callback_mut::<NameCallback>().unwrap().set_name(USER);
    let mut step = journey.continue_from(&step.to_state()).unwrap();
    assert_eq!(step.account(), "work");
    assert_eq!(step.callback::<NameCallback>().unwrap().name().as_deref(), Some(USER));
    step.callback_mut::<PasswordCallback>().unwrap().set_password(PASSWORD);
    let Node::Success(success) = step.next().await.unwrap() else { panic!() };
    assert!(success.session().is_none(), "no session was asked for");
}

#[tokio::test]
async fn a_state_that_was_cut_changed_or_is_for_elsewhere_is_refused() {
    let am = Am::demo();
    let here = journey(&am);
    let step = filled_step(&here, PASSWORD).await;
    let text = step.to_state().expose().expose_secret().to_owned();
    for end in (0..text.len()).step_by(7).filter(|it| text.is_char_boundary(*it)) {
        assert!(here.continue_from(&StepState::from_exposed(&text[..end])).is_err(), "{end}");
    }
    for other in ["", "journey-state 2 0 0 0 0\n", "journey-state 1 9 9 9 99999999999999999999\n"] {
        assert!(here.continue_from(&StepState::from_exposed(other)).is_err(), "{other:?}");
    }
    let root = builder(&am).realm("root").build().unwrap();
    assert!(root.continue_from(&step.to_state()).is_err(), "another realm");
    let other = journey_sdk::Journey::builder("https://other.example.com/am").realm("alpha");
    let http = journey_sdk::HttpClient::builder().build_with(am.service()).unwrap();
    let other = other.http(http).build().unwrap();
    assert!(other.continue_from(&step.to_state()).is_err(), "another server");
}

#[cfg(feature = "file")]
#[tokio::test]
async fn a_sealed_state_opens_with_its_key_only_and_shows_nothing() {
    use journey_sdk::storage::SealingKey;

    let am = Am::demo();
    let journey = journey(&am);
    let step = filled_step(&journey, PASSWORD).await;
    let (key, other) = (SealingKey::generate().unwrap(), SealingKey::generate().unwrap());
    let mut sealed = step.to_state().seal(&key).unwrap();
    assert!(!sealed.windows(PASSWORD.len()).any(|it| it == PASSWORD.as_bytes()));
    assert!(StepState::open(&sealed, &other).is_err());
    let opened = StepState::open(&sealed, &key).unwrap();
    assert!(journey.continue_from(&opened).unwrap().next().await.is_ok());
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    assert!(StepState::open(&sealed, &key).is_err());
}

#[tokio::test]
async fn a_link_that_nobody_sent_signs_nobody_in_and_a_foreign_one_is_refused() {
    let am = Am::demo();
    let journey = journey(&am);
    let link =
        Resume::from_uri("https://app.example.com/?suspendedId=x", ["https://app.example.com"]);
    let node = journey.resume(link.unwrap()).await;
    assert!(!matches!(node, Ok(Node::Success(_))), "{node:?}");
    assert!(
        Resume::from_uri("https://evil.example.com/?suspendedId=x", ["https://app.example.com"])
            .is_err()
    );
    sign_in(&journey).await;
}

#[tokio::test]
async fn a_half_done_step_up_goes_on_in_another_process() {
    for profile in [Profile::PingAm, Profile::OpenAm16] {
        let am =
            Am::demo_builder().profile(profile).tree("alpha", Tree::password("Strong")).build();
        let store = Arc::new(Memory::new());
        let here = builder(&am).storage(Arc::clone(&store)).build().unwrap();
        let user = sign_in(&here).await;
        let started = here.start("Strong").upgrade(&user).await.unwrap();
        let Node::Continue(mut step) = started else { panic!("{profile:?}: {started:?}") };
        step.callback_mut::<NameCallback>().unwrap().set_name(USER);
        step.callback_mut::<PasswordCallback>().unwrap().set_password(PASSWORD);
        let there = builder(&am).storage(Arc::clone(&store)).build().unwrap();
        let step = there.continue_from(&step.to_state()).unwrap();
        assert!(matches!(step.next().await.unwrap(), Node::Success(_)), "{profile:?}");
    }
}

#[tokio::test]
async fn only_a_user_of_the_same_server_and_realm_is_stepped_up() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    let root = builder(&am).realm("root").build().unwrap();
    let failure = root.start("Login").upgrade(&user).await.unwrap_err();
    assert_eq!(failure.error().code(), "session.foreign");
}
