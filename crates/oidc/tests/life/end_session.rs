//! The end of the OpenID Connect session: what goes along, and what may come back.

use std::error::Error as _;

use http::{Request, Response, header};
use journey_core::{Clock, SignOutReport, SignOutResult, SignOutStep, TokenError, TokenProvider};
use journey_oidc::{Error, ErrorKind};
use journey_testkit::sim::Fault;
use journey_transport::{Body, HttpClient};
use serde_json::json;
use tower::ServiceExt;

use crate::world::{self, World};

const BACK: &str = "http://localhost:8080/signed-out";

fn result(report: &SignOutReport) -> &SignOutResult {
    report.result(SignOutStep::EndSession).unwrap()
}

/// Signs out at a server that sends the browser to where `change` says.
async fn redirected(change: fn(&str) -> String) -> SignOutReport {
    let settings = world::settings().post_logout_redirect_uri(BACK);
    let world = World::with(world::demo(), settings.clone()).await;
    world.client.token(&world.account).await.unwrap();
    let service = ServiceExt::<Request<Body>>::map_response(
        world.am.service(),
        move |mut response: Response<_>| {
            let location = response.headers().get(header::LOCATION).map(|it| it.to_str().unwrap());
            if let Some(location) = location.filter(|it| it.starts_with(BACK)) {
                let location = change(location).parse().unwrap();
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        },
    );
    let http = HttpClient::builder().clock(world.clock.as_fn()).build_with(service).unwrap();
    let now = world.clock.as_fn();
    let clock = Clock::new(move || now());
    let client = settings.build(http, world.storage.clone(), clock).unwrap();
    client.end(&world.account).await
}

#[tokio::test]
async fn the_hint_the_client_and_the_way_back_go_along() {
    for (settings, expected) in [
        (world::settings(), vec!["id_token_hint", "client_id"]),
        (
            world::settings().post_logout_redirect_uri(BACK),
            vec!["id_token_hint", "client_id", "post_logout_redirect_uri", "state"],
        ),
    ] {
        let world = World::with(world::demo(), settings).await;
        world.client.token(&world.account).await.unwrap();
        let report = world.client.end(&world.account).await;
        assert!(matches!(result(&report), SignOutResult::Done), "{report:?}");
        let requests = world.am.requests();
        let seen = requests.iter().find(|it| it.path().ends_with("/endSession")).unwrap();
        assert_eq!(seen.query_names(), expected);
        assert!(world.am.live_sessions().is_empty());
    }
}

#[tokio::test]
async fn what_comes_back_is_held_against_what_was_sent() {
    assert!(matches!(result(&redirected(str::to_owned).await), SignOutResult::Done));
    let wrong: [fn(&str) -> String; 5] = [
        |it| it.replace("state=", "state=x"),
        |_| BACK.to_owned(),
        |it| it.replace("localhost:8080", "evil.example.com"),
        |it| it.replace("/signed-out", "/signed-out/more"),
        |_| "/am/XUI/#logout".to_owned(),
    ];
    for change in wrong {
        let report = redirected(change).await;
        let SignOutResult::Failed(error) = result(&report) else { unreachable!("{report:?}") };
        let error = error.downcast_ref::<TokenError>().unwrap();
        let source = error.source().and_then(|it| it.downcast_ref::<Error>()).unwrap();
        assert_eq!(source.kind(), ErrorKind::EndSession);
        assert!(matches!(report.result(SignOutStep::RevokeTokens), Some(SignOutResult::Done)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_end_the_session_now_is_asked_again_later_and_one_that_refuses_is_not()
{
    for (fault, again) in [
        (Fault::Status(503), true),
        (Fault::Status(429), true),
        (Fault::Hang, true),
        // A portal on the way, or a question to a user whom nobody asks here.
        (Fault::Html, true),
        (Fault::Status(302), true),
        (Fault::Json(200, json!({"error": "access_denied"})), false),
        (Fault::Json(400, json!({"error": "redirect_uri_mismatch"})), false),
    ] {
        let world = World::new().await;
        world.client.token(&world.account).await.unwrap();
        world.am.fail_each("/connect/endSession", fault.clone());
        let mut report = world.client.end(&world.account).await;
        assert!(matches!(result(&report), SignOutResult::Failed(_)), "{fault:?}: {report:?}");
        assert_eq!(report.take_pending().is_some(), again, "{fault:?}");
    }
}
