//! Journeys from the first request to the last.

use std::time::Duration;

use journey_testkit::clock::ManualClock;
use journey_testkit::sim::{Am, Next, Page, Profile, Tree, User, totp_code};
use serde_json::{Value, json};

use crate::support::{ALPHA, V21, cookie, fill, login_path, post, sign_in, step};

fn with_tree(tree: Tree) -> Am {
    Am::demo_builder().tree("alpha", tree).build()
}

fn path_of(tree: &str) -> String {
    format!("{ALPHA}/authenticate?authIndexType=service&authIndexValue={tree}")
}

async fn start(am: &Am, tree: &str) -> Value {
    step(am, &path_of(tree), &json!({})).await.json()
}

#[tokio::test]
async fn a_wrong_password_ends_the_journey_and_another_can_begin() {
    let am = Am::demo();
    let first = step(&am, &login_path(), &json!({})).await.json();
    let refused = step(&am, &login_path(), &fill(first.clone(), &["demo", "wrong-one"])).await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.json(),
        json!({
            "code": 401, "reason": "Unauthorized", "message": "Login failure",
            "detail": { "failureUrl": "" },
        })
    );
    let late = step(&am, &login_path(), &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(late.json()["detail"]["errorCode"], "110");
    sign_in(&am).await;
}

#[tokio::test]
async fn an_unknown_user_is_refused_like_a_wrong_password() {
    let am = Am::demo();
    let first = start(&am, "Login").await;
    let unknown = step(&am, &login_path(), &fill(first, &["nobody", "Ch4ng31t"])).await;
    assert_eq!((unknown.status, &unknown.json()["message"]), (401, &json!("Login failure")));
}

#[tokio::test]
async fn a_step_that_waited_too_long_deletes_the_cookies_of_the_account() {
    let clock = ManualClock::default();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let first = start(&am, "Login").await;
    clock.advance(Duration::from_secs(301));
    let late = step(&am, &login_path(), &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(late.status, 401);
    assert_eq!(late.json()["message"], "Session has timed out");
    assert_eq!(late.json()["detail"], json!({ "errorCode": "110" }));
    let cookies = late.cookies();
    assert!(
        cookies[0].starts_with("iPlanetDirectoryPro=; Expires=Thu, 01 Jan 1970"),
        "{cookies:?}"
    );
    assert!(cookies[1].starts_with("amlbcookie=LOGOUT; Expires="), "{cookies:?}");
}

#[tokio::test]
async fn a_step_is_good_until_its_last_second() {
    let clock = ManualClock::default();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let first = start(&am, "Login").await;
    clock.advance(Duration::from_secs(299));
    assert_eq!(step(&am, &login_path(), &fill(first, &["demo", "Ch4ng31t"])).await.status, 200);
}

#[tokio::test]
async fn each_step_has_its_own_auth_id_and_an_older_one_is_refused() {
    let tree = Tree::new("Two").page(Page::credentials()).page(Page::new().text_output("Welcome"));
    let am = with_tree(tree);
    let first = start(&am, "Two").await;
    let second = step(&am, &path_of("Two"), &fill(first.clone(), &["demo", "Ch4ng31t"])).await;
    assert_ne!(first["authId"], second.json()["authId"]);
    let replayed = step(&am, &path_of("Two"), &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(replayed.json()["detail"]["errorCode"], "110");
}

#[tokio::test]
async fn an_auth_id_of_another_realm_is_refused() {
    let am = Am::demo();
    let first = start(&am, "Login").await;
    let elsewhere = "/am/json/realms/root/authenticate";
    let refused = step(&am, elsewhere, &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_forged_auth_id_is_a_bad_request() {
    let am = Am::demo();
    let mut forged = start(&am, "Login").await;
    let auth_id = forged["authId"].as_str().unwrap().to_owned();
    let (input, _) = auth_id.rsplit_once('.').unwrap();
    forged["authId"] = json!(format!("{input}.{}", "A".repeat(43)));
    let refused = step(&am, &login_path(), &forged).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["message"], "AuthId JWT Signature not valid");
    forged["authId"] = json!("garbage");
    let refused = step(&am, &login_path(), &forged).await.json();
    assert_eq!(refused["message"], "Failed to parse JWT, not right number of dots, 1");
}

#[tokio::test]
async fn an_auth_id_of_another_server_is_refused() {
    let foreign = start(&Am::demo(), "Login").await;
    assert_eq!(step(&Am::demo(), &login_path(), &foreign).await.status, 400);
}

#[tokio::test]
async fn a_one_time_password_is_asked_after_the_password() {
    let am = with_tree(
        Tree::new("Otp")
            .page(Page::credentials())
            .page(Page::new().header("One more").one_time_password("Code", "123456")),
    );
    let first = start(&am, "Otp").await;
    let second = step(&am, &path_of("Otp"), &fill(first, &["demo", "Ch4ng31t"])).await.json();
    assert_eq!(second["header"], "One more");
    assert!(am.live_sessions().is_empty());
    let wrong = step(&am, &path_of("Otp"), &fill(second, &["654321"])).await;
    assert_eq!(wrong.status, 401);

    let first = start(&am, "Otp").await;
    let second = step(&am, &path_of("Otp"), &fill(first, &["demo", "Ch4ng31t"])).await.json();
    let done = step(&am, &path_of("Otp"), &fill(second, &["123456"])).await.json();
    assert!(am.is_alive(done["tokenId"].as_str().unwrap()));
}

#[tokio::test]
async fn a_page_may_decide_what_follows() {
    let rule = |answers: &journey_testkit::sim::Answers| match answers.number(0) {
        Some(0) => Next::Page(2),
        Some(1) => Next::Again,
        _ => Next::Fail,
    };
    let am = with_tree(
        Tree::new("Menu")
            .page(Page::credentials())
            .page(Page::new().choice("Where to?", ["end", "here", "nowhere"], 0).decide(rule))
            .page(Page::new().text_output("the end")),
    );
    for (choice, expected) in [(0, "TextOutputCallback"), (1, "ChoiceCallback")] {
        let first = start(&am, "Menu").await;
        let mut menu =
            step(&am, &path_of("Menu"), &fill(first, &["demo", "Ch4ng31t"])).await.json();
        menu["callbacks"][0]["input"][0]["value"] = json!(choice);
        let next = step(&am, &path_of("Menu"), &menu).await.json();
        assert_eq!(next["callbacks"][0]["type"], expected);
    }
    let first = start(&am, "Menu").await;
    let mut menu = step(&am, &path_of("Menu"), &fill(first, &["demo", "Ch4ng31t"])).await.json();
    menu["callbacks"][0]["input"][0]["value"] = json!(2);
    assert_eq!(step(&am, &path_of("Menu"), &menu).await.status, 401);
}

#[tokio::test]
async fn a_journey_without_session_gives_none() {
    let am = Am::demo();
    let path = format!("{}&noSession=true", login_path());
    let first = step(&am, &path, &json!({})).await.json();
    let done = step(&am, &path, &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(done.json(), json!({ "successUrl": "/am/console", "realm": "/alpha" }));
    assert!(done.cookies().iter().all(|it| !it.starts_with("iPlanetDirectoryPro")));
    assert_eq!(am.sessions_issued(), 0);
}

#[tokio::test]
async fn no_session_must_be_asked_on_the_last_request_too() {
    let am = Am::demo();
    let path = format!("{}&noSession=true", login_path());
    let first = step(&am, &path, &json!({})).await.json();
    step(&am, &login_path(), &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(am.sessions_issued(), 1);
}

#[tokio::test]
async fn a_session_that_is_enough_is_success_at_once() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let headers = [V21, ("cookie", &*cookie(&session))];
    let again = post(&am, &login_path(), &headers, &json!({})).await.json();
    assert_eq!(again["tokenId"], session);
    let forced = format!("{}&ForceAuth=true", login_path());
    let first = post(&am, &forced, &headers, &json!({})).await.json();
    assert!(first["callbacks"].is_array());
}

#[tokio::test]
async fn an_upgrade_replaces_the_session() {
    let am = with_tree(Tree::password("Stronger"));
    let session = sign_in(&am).await;
    let headers = [V21, ("cookie", &*cookie(&session))];
    let first = post(&am, &path_of("Stronger"), &headers, &json!({})).await.json();
    let filled = fill(first, &["demo", "Ch4ng31t"]);
    let done = post(&am, &path_of("Stronger"), &headers, &filled).await.json();
    assert_ne!(done["tokenId"], session);
    assert!(!am.is_alive(&session));
    assert_eq!(am.live_sessions().len(), 1);
}

#[tokio::test]
async fn an_upgrade_by_another_user_is_refused_and_leaves_the_session() {
    let am = Am::demo_builder()
        .user("alpha", User::new("bjensen", "Passw0rd1"))
        .tree("alpha", Tree::password("Stronger"))
        .build();
    let session = sign_in(&am).await;
    let headers = [V21, ("cookie", &*cookie(&session))];
    let first = post(&am, &path_of("Stronger"), &headers, &json!({})).await.json();
    let filled = fill(first, &["bjensen", "Passw0rd1"]);
    let refused = post(&am, &path_of("Stronger"), &headers, &filled).await;
    assert_eq!((refused.status, &refused.json()["detail"]["errorCode"]), (400, &json!("124")));
    assert!(am.is_alive(&session));
}

#[tokio::test]
async fn what_is_not_there_is_said_like_am_says_it() {
    let am = Am::demo();
    let unknown = step(&am, &path_of("Nope"), &json!({})).await;
    assert_eq!(
        (unknown.status, &unknown.json()["message"]),
        (400, &json!("No Configuration found"))
    );
    let realm = "/am/json/realms/root/realms/nope/authenticate";
    let unknown = step(&am, realm, &json!({})).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["message"], "Realm &quot;/nope&quot; not found");
}

#[tokio::test]
async fn only_known_versions_answer() {
    let am = Am::demo();
    let ask = async |version| {
        post(&am, &login_path(), &[("accept-api-version", version)], &json!({})).await
    };
    assert_eq!(
        ask("resource=2.0, protocol=1.0").await.header("content-api-version"),
        "resource=2.1"
    );
    assert_eq!(ask("resource=3.0").await.status, 404);
    let unread = ask("nonsense").await;
    assert_eq!(unread.status, 400);
    assert_eq!(unread.text, "Version string is in an invalid format: nonsense");
}

#[tokio::test]
#[should_panic(
    expected = "no Accept-API-Version in [\"POST /am/json/realms/root/realms/alpha/auth"
)]
async fn a_request_without_a_version_is_answered_and_noticed() {
    let am = Am::demo();
    assert_eq!(post(&am, &login_path(), &[], &json!({})).await.status, 200);
    am.assert_every_request_named_its_version();
}

#[tokio::test]
async fn a_zero_page_login_needs_a_tree_that_allows_it() {
    let am = with_tree(Tree::password("Quick").zero_page_login());
    let headers = [V21, ("x-openam-username", "demo"), ("x-openam-password", "Ch4ng31t")];
    let asked = post(&am, &login_path(), &headers, &json!({})).await.json();
    assert!(asked["callbacks"].is_array());
    let done = post(&am, &path_of("Quick"), &headers, &json!({})).await.json();
    assert!(done["tokenId"].is_string());
}

#[tokio::test]
async fn a_tree_adds_its_own_keys_to_success_and_failure() {
    let am = with_tree(
        Tree::password("Details")
            .success_detail("level", json!({ "of": 3 }))
            .failure_detail("tries", json!(2)),
    );
    let first = start(&am, "Details").await;
    let done = step(&am, &path_of("Details"), &fill(first, &["demo", "Ch4ng31t"])).await.json();
    assert_eq!(done["level"], json!({ "of": 3 }));
    let first = start(&am, "Details").await;
    let failed = step(&am, &path_of("Details"), &fill(first, &["demo", "no-such"])).await.json();
    assert_eq!(failed["detail"]["tries"], 2);
}

#[tokio::test]
async fn goto_comes_back_as_the_success_url_wherever_it_leads() {
    let am = Am::demo();
    let path = format!("{}&goto=https%3A%2F%2Fevil.example.com%2F", login_path());
    let first = step(&am, &path, &json!({})).await.json();
    let done = step(&am, &path, &fill(first, &["demo", "Ch4ng31t"])).await.json();
    assert_eq!(done["successUrl"], "https://evil.example.com/");
}

#[tokio::test]
async fn each_cookie_comes_once_for_each_domain() {
    let am = Am::demo_builder()
        .cookie_name("6ac6499e9da2071")
        .cookie_domain("am.example.com")
        .cookie_domain("login.example.org")
        .build();
    let first = start(&am, "Login").await;
    let done = step(&am, &login_path(), &fill(first, &["demo", "Ch4ng31t"])).await;
    let token = done.json()["tokenId"].as_str().unwrap().to_owned();
    let expected = |domain| {
        format!("6ac6499e9da2071={token}; Domain={domain}; Path=/; Secure; HttpOnly; SameSite=none")
    };
    assert_eq!(done.cookies()[..2], [expected("am.example.com"), expected("login.example.org")]);
}

#[tokio::test]
async fn openam_says_408_to_an_expired_step_and_keeps_the_auth_id_of_a_journey() {
    let clock = ManualClock::default();
    let tree = Tree::new("Two").page(Page::credentials()).page(Page::new().text_output("Welcome"));
    let am = Am::demo_builder()
        .profile(Profile::OpenAm16)
        .clock(clock.as_fn())
        .tree("alpha", tree)
        .build();
    let path = "/openam/json/realms/root/realms/alpha/authenticate?\
                authIndexType=service&authIndexValue=Two";
    let first = step(&am, path, &json!({})).await.json();
    let second = step(&am, path, &fill(first.clone(), &["demo", "Ch4ng31t"])).await.json();
    assert_eq!(first["authId"], second["authId"]);
    clock.advance(Duration::from_secs(121));
    let late = step(&am, path, &second).await;
    assert_eq!(late.status, 408);
    assert_eq!(
        late.json(),
        json!({ "code": 408, "reason": "Request Time-out", "message": "Session has timed out" })
    );
}

#[tokio::test]
async fn an_authenticator_app_is_enrolled_once_and_asked_from_then_on() {
    let clock = ManualClock::default();
    let am = Am::demo_builder()
        .clock(clock.as_fn())
        .tree("alpha", Tree::password("Totp").totp("Example"))
        .build();
    let path = path_of("Totp");
    let first = start(&am, "Totp").await;
    let choose = step(&am, &path, &fill(first, &["demo", "Ch4ng31t"])).await.json();
    let enroll = step(&am, &path, &choose).await.json();
    let script = enroll["callbacks"][1]["output"][0]["value"].as_str().unwrap();
    let (_, rest) = script.split_once("secret=").unwrap();
    let secret = rest.split_once("======&issuer=Example").unwrap().0.to_owned();
    let code = step(&am, &path, &enroll).await.json();
    let now = totp_code(&secret, clock.now()).unwrap();
    let done = step(&am, &path, &fill(code, &[&now])).await.json();
    assert!(am.is_alive(done["tokenId"].as_str().unwrap()));

    let first = start(&am, "Totp").await;
    let mut asked = step(&am, &path, &fill(first, &["demo", "Ch4ng31t"])).await.json();
    for header in ["Attempt 2 of 3", "Attempt 3 of 3"] {
        asked = step(&am, &path, &fill(asked, &["000000"])).await.json();
        assert!(asked["header"].as_str().unwrap().ends_with(header), "{asked}");
    }
    assert_eq!(step(&am, &path, &fill(asked, &["000000"])).await.status, 401);
}

#[tokio::test]
async fn the_session_may_come_as_a_cookie_only() {
    for (builder, token_id) in [
        (Am::demo_builder().empty_token_id(), json!("")),
        (Am::demo_builder().no_token_id(), Value::Null),
    ] {
        let am = builder.build();
        let first = start(&am, "Login").await;
        let done = step(&am, &login_path(), &fill(first, &["demo", "Ch4ng31t"])).await;
        assert_eq!(done.json()["tokenId"], token_id);
        let cookies = done.cookies();
        let value = cookies[0].strip_prefix("iPlanetDirectoryPro=").unwrap();
        assert!(am.is_alive(value.split_once(';').unwrap().0));
    }
}

#[tokio::test]
async fn a_tree_may_set_a_persistent_cookie() {
    let cookie = "session-jwt=eyJ0; Max-Age=3600; Path=/; HttpOnly";
    let am = with_tree(Tree::password("Remember").success_cookie(cookie));
    let first = start(&am, "Remember").await;
    let done = step(&am, &path_of("Remember"), &fill(first, &["demo", "Ch4ng31t"])).await;
    assert_eq!(done.cookies().last().map(String::as_str), Some(cookie));
}
