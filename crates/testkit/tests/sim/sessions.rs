//! Sessions after the login.

use std::time::Duration;

use journey_testkit::clock::ManualClock;
use journey_testkit::sim::{Am, CredentialKind, Profile};
use serde_json::{Value, json};

use crate::support::{
    ALPHA, Answer, authorize, authorize_query, cookie, fill, get, post, sign_in, step,
};

async fn ask(am: &Am, action: &str, version: &str, session: &str) -> Answer {
    let headers = [("accept-api-version", version), ("iplanetdirectorypro", session)];
    post(am, &format!("{ALPHA}/sessions?_action={action}"), &headers, &json!({})).await
}

#[tokio::test]
async fn session_info_tells_who_and_until_when() {
    let clock = ManualClock::default();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let session = sign_in(&am).await;
    clock.advance(Duration::from_secs(60));
    let info = ask(&am, "getSessionInfo", "resource=4.0", &session).await.json();
    assert_eq!(info["username"], "demo");
    assert_eq!(info["realm"], "/alpha");
    assert_eq!(info["latestAccessTime"], "2026-05-28T20:26:40Z");
    assert_eq!(info["maxIdleExpirationTime"], "2026-05-28T20:56:40Z");
    assert_eq!(info["maxSessionExpirationTime"], "2026-05-28T22:26:40Z");
    let reset = ask(&am, "getSessionInfoAndResetIdleTime", "resource=4.0", &session).await.json();
    assert_eq!(reset["maxIdleExpirationTime"], "2026-05-28T20:57:40Z");
}

#[tokio::test]
async fn an_idle_session_ends_and_one_in_use_ends_later() {
    let clock = ManualClock::default();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let (idle, used) = (sign_in(&am).await, sign_in(&am).await);
    for _ in 0..5 {
        clock.advance(Duration::from_secs(20 * 60));
        ask(&am, "refresh", "resource=3.1", &used).await;
    }
    assert!(!am.is_alive(&idle));
    assert!(am.is_alive(&used));
    clock.advance(Duration::from_secs(20 * 60));
    assert!(!am.is_alive(&used), "no session lives longer than two hours");
}

#[tokio::test]
async fn each_profile_has_its_own_versions() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    for version in ["resource=2.1", "resource=3.1, protocol=1.0", "resource=4.0, protocol=1.0"] {
        assert_eq!(ask(&am, "getSessionInfo", version, &session).await.status, 200, "{version}");
    }
    for version in ["resource=1.2", "resource=5.0"] {
        let refused = ask(&am, "logout", version, &session).await;
        assert_eq!(refused.status, 404, "{version}");
        assert_eq!(refused.json()["message"], "Resource &#39;&#39; not found");
    }
    assert!(am.is_alive(&session));

    let am = Am::demo_builder().profile(Profile::OpenAm16).base_path("am").build();
    let session = sign_in(&am).await;
    for (version, status) in [("resource=4.0", 404), ("resource=3.1", 404), ("resource=2.0", 200)] {
        assert_eq!(ask(&am, "getSessionInfo", version, &session).await.status, status, "{version}");
    }
    assert_eq!(ask(&am, "validate", "resource=2.0", &session).await.status, 501);
    assert_eq!(ask(&am, "validate", "resource=1.2", &session).await.json()["valid"], true);
}

#[tokio::test]
async fn a_logout_ends_the_session_and_a_second_is_denied() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let first = ask(&am, "logout", "resource=4.0", &session).await;
    assert_eq!(first.json(), json!({ "result": "Successfully logged out" }));
    let second = ask(&am, "logout", "resource=4.0", &session).await;
    assert_eq!(
        second.json(),
        json!({ "code": 401, "reason": "Unauthorized", "message": "Access Denied" })
    );
    assert_eq!(
        ask(&am, "validate", "resource=4.0", &session).await.json(),
        json!({ "valid": false })
    );
}

#[tokio::test]
async fn the_session_may_come_as_cookie_or_header() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let path = format!("{ALPHA}/sessions?_action=getSessionInfo");
    let by_cookie = [("accept-api-version", "resource=4.0"), ("cookie", &*cookie(&session))];
    assert_eq!(post(&am, &path, &by_cookie, &Value::Null).await.status, 200);
    ask(&am, "getSessionInfo", "resource=4.0", &session).await;
    let seen = am.requests();
    let kinds: Vec<CredentialKind> =
        seen.iter().rev().take(2).map(journey_testkit::sim::Seen::credential_kind).collect();
    assert_eq!(kinds, [CredentialKind::SessionHeader, CredentialKind::SessionCookie]);
    assert!(seen.last().unwrap().credential().unwrap().is(&session));
    assert!(!format!("{seen:?}").contains(&session));
}

#[tokio::test]
async fn the_server_tells_the_name_of_its_cookie() {
    let am = Am::demo_builder().cookie_name("6ac6499e9da2071").build();
    let version = [("accept-api-version", "resource=1.1")];
    let path = "/am/json/serverinfo/*";
    assert_eq!(get(&am, path, &version).await.json()["cookieName"], "6ac6499e9da2071");
    let one = get(&am, &format!("{path}?_fields=cookieName"), &version).await;
    assert_eq!(one.json(), json!({ "cookieName": "6ac6499e9da2071" }));
    let realm = get(&am, &format!("{ALPHA}/serverinfo/*"), &version).await.json();
    assert_eq!(realm["realm"], "/alpha");
}

#[tokio::test]
async fn a_wrong_password_does_not_touch_another_session() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let path = crate::support::login_path();
    let first = step(&am, &path, &json!({})).await.json();
    step(&am, &path, &fill(first, &["demo", "no-such"])).await;
    assert!(am.is_alive(&session));
}

#[tokio::test]
async fn an_expired_session_is_nobody() {
    let clock = ManualClock::default();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let session = sign_in(&am).await;
    clock.advance(Duration::from_secs(30 * 60));
    let denied = ask(&am, "getSessionInfo", "resource=4.0", &session).await;
    assert_eq!((denied.status, &denied.json()["message"]), (401, &json!("Access Denied")));
    assert_eq!(ask(&am, "logout", "resource=4.0", &session).await.status, 401);
    let code = authorize(&am, &session, &authorize_query()).await.location("code");
    assert_eq!(code, None);
}
