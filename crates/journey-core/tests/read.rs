//! What an answer means.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use http::{Response, header};
use journey_core::{ErrorKind, Outcome, Realm, Server, Start};
use secrecy::ExposeSecret;

fn server() -> Server {
    let server = Server::new("https://am.example.com/am").unwrap();
    server.set_cookie_name("iPlanetDirectoryPro");
    server
}

fn start() -> Start {
    Start::new(server(), "alpha".parse::<Realm>().unwrap()).journey("Login")
}

fn read(status: u16, body: &str) -> Result<Outcome, journey_core::Error> {
    start().read(&Response::builder().status(status).body(body.to_owned()).unwrap())
}

#[test]
fn a_token_is_a_success_and_extra_keys_are_kept() {
    let body = r#"{"tokenId":"AQIC5w","successUrl":"/enduser/?realm=/alpha","realm":"/alpha","code":500,"plan":{"a":[1]}}"#;
    let Ok(Outcome::Success(success)) = read(200, body) else { panic!() };
    let session = success.session().unwrap();
    assert_eq!(session.value().expose_secret(), "AQIC5w");
    assert_eq!(session.success_url(), Some("/enduser/?realm=/alpha"));
    assert_eq!(session.realm().as_str(), "/alpha");
    assert_eq!(success.input()["plan"]["a"][0], 1);
    assert!(!success.input().contains_key("tokenId"));
    assert!(!format!("{success:?}").contains("AQIC5w"));
}

#[test]
fn a_success_may_have_no_session() {
    for body in [
        r#"{"message":"Authentication Successful","successUrl":"/x","realm":"/alpha"}"#,
        r#"{"successUrl":"/x","realm":"/alpha"}"#,
        r#"{"tokenId":"","successUrl":"/x","realm":"/alpha"}"#,
    ] {
        let Ok(Outcome::Success(success)) = read(200, body) else { panic!("{body}") };
        assert!(success.session().is_none());
    }
}

#[test]
fn a_missing_token_is_taken_from_the_cookie_of_that_very_answer() {
    let body = r#"{"tokenId":"","successUrl":"/x","realm":"/alpha"}"#;
    let session = |start: Start, cookie: &str| {
        let answer = Response::builder()
            .header(header::SET_COOKIE, "amlbcookie=01; Path=/")
            .header(header::SET_COOKIE, cookie)
            .body(body)
            .unwrap();
        let Ok(Outcome::Success(success)) = start.read(&answer) else { panic!() };
        success.session().map(|it| it.value().expose_secret().to_owned())
    };
    let set = "iPlanetDirectoryPro=AQIC5w.*=; Path=/; Domain=example.com; Secure; HttpOnly";
    assert_eq!(session(start(), set).as_deref(), Some("AQIC5w.*="));
    assert_eq!(session(start().no_session(), set), None);
    for gone in [
        "iPlanetDirectoryPro=; Path=/",
        "iPlanetDirectoryPro=LOGOUT; Path=/",
        "iPlanetDirectoryPro=x; Max-Age=0",
        "iPlanetDirectoryPro=x; Expires=Thu, 01 Jan 1970 00:00:10 GMT",
        "other=x; Path=/",
    ] {
        assert_eq!(session(start(), gone), None, "{gone}");
    }
}

#[test]
fn a_refusal_is_told_with_its_parts() {
    let body = r#"{"code":401,"reason":"Unauthorized","message":"Login failure","detail":{"failureUrl":"https://no.example.com/"}}"#;
    let Ok(Outcome::Error(refused)) = read(401, body) else { panic!() };
    assert_eq!((refused.status(), refused.code()), (401, 401));
    assert_eq!((refused.reason(), refused.message()), ("Unauthorized", "Login failure"));
    assert_eq!(refused.failure_url(), Some("https://no.example.com/"));
    assert!(!refused.is_restartable());
}

#[test]
fn a_200_with_a_code_from_400_is_not_a_success() {
    let body = r#"{"code":401,"reason":"Unauthorized","message":"x","successUrl":"/","realm":"/"}"#;
    assert!(matches!(read(200, body), Ok(Outcome::Error(_))));
    let body = r#"{"code":500,"reason":"Internal Server Error","message":"x"}"#;
    assert_eq!(read(200, body).unwrap_err().kind(), ErrorKind::Server);
}

#[test]
fn an_expired_step_may_start_again() {
    let restartable = |status, body: &str| match read(status, body) {
        Ok(Outcome::Error(refused)) => refused.is_restartable(),
        other => panic!("{other:?}"),
    };
    assert!(restartable(401, r#"{"code":401,"message":"x","detail":{"errorCode":"110"}}"#));
    assert!(restartable(408, r#"{"code":408,"message":"Session has timed out"}"#));
    assert!(restartable(408, "{}"));
    assert!(restartable(
        401,
        r#"{"code":401,"message":"org.forgerock.openam.auth.nodes.framework.SuspendedAuthSessionException: Token not found."}"#
    ));
    assert!(!restartable(401, r#"{"code":401,"message":"Login failure"}"#));
    assert!(!restartable(400, r#"{"code":400,"detail":{"errorCode":"105"}}"#));
}

#[test]
fn what_is_not_from_am_is_an_error_and_no_refusal() {
    for (status, body, kind) in [
        (200, "", ErrorKind::Unreadable),
        (200, "<html>", ErrorKind::Unreadable),
        (200, "[]", ErrorKind::Unreadable),
        (200, "{}", ErrorKind::Unreadable),
        (204, "", ErrorKind::Unreadable),
        (200, r#"{"authId":"x"}"#, ErrorKind::Unreadable),
        (401, "<html>", ErrorKind::Unreadable),
        (404, "", ErrorKind::Unreadable),
        (302, "", ErrorKind::Server),
        (429, "{}", ErrorKind::Server),
        (500, r#"{"code":500,"reason":"x","message":"y"}"#, ErrorKind::Server),
        (503, "<html>", ErrorKind::Server),
    ] {
        let error = read(status, body).unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{status} {body}");
    }
}

#[test]
fn the_flags_go_with_every_request_of_a_journey() {
    let start = start().no_session().force_auth().query("goto", "https://a/?b=c d").locale("de");
    let body = r#"{"authId":"x","callbacks":[]}"#;
    let Ok(Outcome::Continue(step)) = start.read(&Response::new(body)) else { panic!() };
    let (first, second) = (start.request().unwrap(), start.answer(&step).unwrap());
    assert_eq!(first.uri(), second.uri());
    assert_eq!(
        first.uri().query(),
        Some(
            "authIndexType=service&authIndexValue=Login&ForceAuth=true&noSession=true&goto=https%3A%2F%2Fa%2F%3Fb%3Dc%20d"
        )
    );
    assert_eq!(first.headers(), second.headers());
    assert_eq!(first.headers()["Accept-API-Version"], "resource=2.1, protocol=1.0");
    assert_eq!(first.headers()["Accept-Language"], "de");
    assert_eq!(first.body().expose_secret(), "{}");
}
