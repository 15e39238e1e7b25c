//! Lost, late and foreign answers.

use http::Request;
use journey_testkit::sim::{Am, Fault, Matcher};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{fill, login_path, send, sign_in, step, tokens, url};

fn info() -> Request<String> {
    Request::get(url("/am/json/serverinfo/*")).body(String::new()).unwrap()
}

#[tokio::test]
async fn a_fault_meets_one_request_and_then_all_is_well() {
    let am = Am::demo();
    am.fail_next("/serverinfo/*", Fault::Status(503));
    assert_eq!(send(&am, info()).await.status, 503);
    assert_eq!(send(&am, info()).await.status, 200);
}

#[tokio::test]
async fn faults_for_the_same_request_come_one_by_one() {
    let am = Am::demo();
    am.fail_next(("GET", "/serverinfo/*"), Fault::Html);
    am.fail_next(Matcher::any(), Fault::Json(429, json!({ "code": 429 })));
    am.fail_next(Matcher::any(), Fault::RetryAfter(503, 7));
    assert!(send(&am, info()).await.text.starts_with("<!DOCTYPE html>"));
    assert_eq!(send(&am, info()).await.status, 429);
    assert_eq!(send(&am, info()).await.header("retry-after"), "7");
    assert_eq!(am.clear_faults(), 0);
}

#[tokio::test]
async fn a_connection_lost_before_leaves_the_step_and_one_lost_after_has_used_it_up() {
    let am = Am::demo();
    let first = step(&am, &login_path(), &json!({})).await.json();
    let answer = fill(first, &["demo", "Ch4ng31t"]);
    let request = || {
        Request::post(url(&login_path()))
            .header("content-type", "application/json")
            .body(answer.to_string())
            .unwrap()
    };
    am.fail_next("/authenticate", Fault::DropBefore);
    assert!(am.service().oneshot(request()).await.is_err());
    assert_eq!(am.sessions_issued(), 0);
    am.fail_next("/authenticate", Fault::DropAfter);
    assert!(am.service().oneshot(request()).await.is_err());
    assert_eq!(am.sessions_issued(), 1);
    assert_eq!(step(&am, &login_path(), &answer).await.json()["detail"]["errorCode"], "110");
}

#[tokio::test]
async fn on_loopback_a_lost_connection_is_a_closed_one() {
    let am = Am::demo();
    am.fail_next(Matcher::any(), Fault::DropAfter);
    let serving = am.serve().await.unwrap();
    let stream = tokio::net::TcpStream::connect(serving.address()).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    assert!(sender.send_request(info()).await.is_err());
}

#[tokio::test]
async fn a_held_request_has_not_acted_and_a_held_answer_has() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let before = am.hold_next(("POST", "/access_token"));
    let after = am.hold_next_answer(("POST", "/access_token"));
    let (tokens, ()) = tokio::join!(tokens(&am, &session), async {
        before.arrived().await;
        assert!(am.tokens_issued().is_empty());
        before.release();
        after.arrived().await;
        assert_eq!(am.tokens_issued().len(), 2);
        after.release();
    });
    assert!(tokens["access_token"].is_string());
}

#[tokio::test]
async fn a_hanging_request_never_ends() {
    let am = Am::demo();
    am.fail_next(Matcher::path("/serverinfo/*").method("GET"), Fault::Hang);
    let mut hanging = Box::pin(am.service().oneshot(info()));
    for _ in 0..100 {
        let poll = std::future::poll_fn(|it| std::task::Poll::Ready(hanging.as_mut().poll(it)));
        assert!(poll.await.is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(am.requests()[0].status(), None);
}

#[tokio::test]
async fn the_log_counts_by_method_and_path_and_grant() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    tokens(&am, &session).await;
    assert_eq!(am.count("POST", "/authenticate"), 2);
    assert_eq!(am.count("GET", "/authorize"), 1);
    assert_eq!(am.count_grant("authorization_code"), 1);
    assert_eq!(am.count_grant("refresh_token"), 0);
    let exchange = am.requests().pop().unwrap();
    assert_eq!((exchange.grant_type(), exchange.status()), (Some("authorization_code"), Some(200)));
    assert!(exchange.form_names().contains(&"code_verifier".to_owned()));
}

#[tokio::test]
async fn a_lasting_fault_ends_when_it_is_cleared() {
    let am = Am::demo();
    am.fail_each(Matcher::any(), Fault::Status(503));
    assert_eq!(send(&am, info()).await.status, 503);
    assert_eq!(send(&am, info()).await.status, 503);
    am.clear_faults();
    assert_eq!(send(&am, info()).await.status, 200);
}

#[tokio::test]
async fn a_repeated_last_step_has_signed_in_and_answers_that_it_is_over() {
    let am = Am::demo();
    let first = step(&am, &login_path(), &json!({})).await.json();
    am.fail_next("/authenticate", Fault::Repeat);
    let answer = step(&am, &login_path(), &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(answer.json()["detail"]["errorCode"], "110");
    assert_eq!(am.live_sessions().len(), 1);
}

#[tokio::test]
async fn a_hostile_road_is_the_same_for_the_same_seed() {
    let statuses = async |seed| {
        let am = Am::demo();
        am.hostile_road(seed, 50);
        let mut statuses = Vec::new();
        for _ in 0..50 {
            statuses.push(am.service().oneshot(info()).await.map(|it| it.status()).ok());
        }
        statuses
    };
    assert_eq!(statuses(1).await, statuses(1).await);
    assert_ne!(statuses(1).await, statuses(2).await);
}
