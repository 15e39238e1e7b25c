//! The parts of one's own against the simulated AM.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use http_body_util::BodyExt;
use journey_examples::own_parts::{self, BadgeCallback};
use journey_sdk::{
    Answers, BoxError, HttpClient, Journey, Node, Responder, TokenErrorKind, User, transport::Body,
};
use journey_testkit::sim::{Am, Next, Page, Tree};
use serde_json::json;
use tower::{ServiceExt, service_fn};

struct World {
    am: Am,
    journey: Journey,
    exchanges: Arc<AtomicU32>,
}

/// A server whose journey asks for a badge after the password, and a service that numbers its tokens.
fn world() -> World {
    let badge = json!({
        "type": "BadgeCallback",
        "output": [{ "name": "reader", "value": 7 }],
        "input": [{ "name": "IDToken1", "value": "" }],
    });
    let page = Page::new().callback(badge).decide(|answers| {
        let is_right = answers.json(0).is_some_and(|it| it[0]["value"] == "B-42");
        if is_right { Next::Proceed } else { Next::Fail }
    });
    let am = Am::demo_builder().tree("alpha", Tree::password("Badge").page(page)).build();
    let exchanges = Arc::new(AtomicU32::new(0));
    let (server, counter) = (am.service(), Arc::clone(&exchanges));
    let both = service_fn(move |request: http::Request<Body>| {
        let (server, counter) = (server.clone(), Arc::clone(&counter));
        async move {
            if request.uri().host() == Some("tokens.example.com") {
                let number = counter.fetch_add(1, Ordering::Relaxed);
                return Ok(http::Response::new(format!("token-{number}").into()));
            }
            let (head, body) = server.oneshot(request).await?.into_parts();
            Ok::<_, BoxError>(http::Response::from_parts(
                head,
                http_body_util::Full::new(body.collect().await?.to_bytes()),
            ))
        }
    });
    let http = HttpClient::builder().build_with(both).unwrap();
    let settings = Journey::builder("https://am.example.com/am").realm("alpha").http(http);
    World { journey: own_parts::journey(settings).unwrap(), am, exchanges }
}

async fn badge_step(journey: &Journey) -> journey_sdk::ContinueNode {
    let Node::Continue(mut step) = journey.start("Badge").await.unwrap() else { panic!() };
    let answers = Answers::new().name("demo").password("Ch4ng31t");
    answers.respond(step.step_mut()).await.unwrap();
    let Node::Continue(step) = step.next().await.unwrap() else { panic!() };
    step
}

async fn sign_in(world: &World) -> User {
    let mut step = badge_step(&world.journey).await;
    let badge = step.callback_mut::<BadgeCallback>().unwrap();
    assert_eq!(badge.reader(), Some(7));
    badge.set_badge("B-42").unwrap();
    let Node::Success(success) = step.next().await.unwrap() else { panic!() };
    success.user().unwrap()
}

#[tokio::test]
async fn a_callback_of_ones_own_is_read_and_answered() {
    let world = world();
    sign_in(&world).await;
    let mut step = badge_step(&world.journey).await;
    step.callback_mut::<BadgeCallback>().unwrap().set_badge("B-43").unwrap();
    assert!(matches!(step.next().await.unwrap(), Node::Error(_)), "another badge is refused");
}

#[tokio::test]
async fn tokens_come_from_the_service_are_kept_and_end_with_the_login() {
    let world = world();
    let user = sign_in(&world).await;
    let first = user.token().await.unwrap();
    assert_eq!(user.token().await.unwrap().authorization(), first.authorization());
    assert_eq!(world.exchanges.load(Ordering::Relaxed), 1);
    let second = user.token_instead_of(&first).await.unwrap();
    assert_ne!(second.authorization(), first.authorization());

    let report = user.logout().await;
    assert!(report.is_complete() && report.may_remain(), "{report:?}");
    let gone = user.token().await.unwrap_err();
    assert_eq!(gone.token_kind(), Some(TokenErrorKind::NeedsSignIn));
    assert!(world.am.live_sessions().is_empty());
    assert_eq!(world.exchanges.load(Ordering::Relaxed), 2);
}
