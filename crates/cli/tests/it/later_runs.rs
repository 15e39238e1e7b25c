//! What later runs do with a login, each in a process of its own.

use crate::support::Home;
#[cfg(unix)]
use crate::support::{finish, interrupt};
use journey_testkit::sim::Am;

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_had_used_renewed_and_ended() {
    let am = Am::demo();
    let server = am.serve().await.unwrap();
    let home = Home::new();
    home.login(&server).ends_with(0);

    let raw = home.run(&["token", "--raw"]).ends_with(0).stdout;
    assert!(am.is_alive(raw.trim()), "{raw} is a token");
    assert_eq!(home.run(&["token", "--raw"]).ends_with(0).stdout, raw, "kept between runs");
    let told = home.run(&["token"]).ends_with(0);
    assert!(!format!("{told:?}").contains(raw.trim()));
    assert!(told.stdout.contains("Bearer"), "{}", told.stdout);

    let info = home.run(&["userinfo", "--json"]).ends_with(0);
    assert!(info.stdout.contains("Demo User"), "{}", info.stdout);

    home.run(&["refresh"]).ends_with(0);
    let renewed = home.run(&["token", "--raw"]).ends_with(0).stdout;
    assert_ne!(renewed, raw);

    home.run(&["revoke"]).ends_with(0);
    assert!(!am.is_alive(renewed.trim()));
    home.run(&["session"]).ends_with(0);
    let again = home.run(&["token", "--raw"]).ends_with(0).stdout;
    assert!(am.is_alive(again.trim()), "the session is good for new tokens");

    let logout = home.run(&["logout"]).ends_with(0);
    assert!(logout.stdout.contains("removed here"), "{}", logout.stdout);
    let left = [am.live_sessions(), am.live_access_tokens(), am.live_refresh_tokens()].concat();
    assert_eq!(left, [""; 0]);
    for command in ["token", "userinfo", "refresh", "revoke", "session", "logout"] {
        home.run(&[command]).ends_with(3);
    }
    am.assert_every_request_named_its_version();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_has_ended_at_the_server_is_told_apart() {
    let am = Am::demo();
    let server = am.serve().await.unwrap();
    let home = Home::new();
    home.login(&server).ends_with(0);
    am.kill_all_sessions();
    home.run(&["session"]).ends_with(3);
    let failed = home.run(&["token", "--json"]).ends_with(3);
    assert!(failed.stdout.contains("journey login"), "{}", failed.stdout);
    home.run(&["logout"]).ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_that_the_server_does_not_confirm_is_told_and_still_ends_here() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    home.login(&server).ends_with(0);
    drop(server);
    let logout = home.run(&["logout"]).ends_with(7);
    assert!(logout.stderr.contains("FAILED"), "{}", logout.stderr);
    home.run(&["session"]).ends_with(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_removes_a_login_that_can_not_be_read() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    home.login(&server).ends_with(0);
    home.run(&["token"]).ends_with(0);
    home.damage_login();
    home.run(&["session"]).ends_with(5);
    let logout = home.run(&["logout", "--json"]).ends_with(0);
    assert!(logout.stdout.contains(r#""may_remain":true"#), "{}", logout.stdout);
    home.run(&["session"]).ends_with(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_can_not_count_sign_outs_any_more_can_be_left_by_one() {
    let am = Am::demo();
    let server = am.serve().await.unwrap();
    let home = Home::new();
    // Somebody has signed out before, so that the tokens belong to a later generation than a new store's.
    for earlier in [true, false] {
        home.login(&server).ends_with(0);
        home.run(&["token"]).ends_with(0);
        if earlier {
            home.run(&["logout"]).ends_with(0);
        }
    }
    home.damage_marks();
    let failed = home.run(&["token", "--json"]).ends_with(5);
    assert!(failed.stdout.contains("journey logout"), "{}", failed.stdout);

    home.run(&["logout"]).ends_with(0);

    let left = [am.live_sessions(), am.live_access_tokens(), am.live_refresh_tokens()].concat();
    assert_eq!(left, [""; 0]);
    home.run(&["token"]).ends_with(3);
    home.login(&server).ends_with(0);
    home.run(&["token"]).ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_client_there_is_a_session_and_no_token() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    let url = server.url();
    let login =
        ["login", "--url", &url, "--realm", "alpha", "--journey", "Login", "--answers", "-"];
    let answers = r#"{"User Name": "demo", "Password": "Ch4ng31t"}"#;
    home.run_with_input(&login, answers).ends_with(0);
    home.run(&["session"]).ends_with(0);
    let failed = home.run(&["token"]).ends_with(2);
    assert!(failed.stderr.contains("--client-id"), "{}", failed.stderr);
    home.run(&["logout"]).ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_does_not_open_the_store() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    home.login(&server).ends_with(0);
    std::fs::write(home.path("config/journey/key"), [7; 32]).unwrap();
    let failed = home.run(&["session", "--json"]).ends_with(5);
    assert!(failed.stdout.contains("storage.wrong_key"), "{}", failed.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_of_ones_own_is_remembered() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    let key = home.path("usb-stick/key");
    let answers = r#"{"User Name": "demo", "Password": "Ch4ng31t"}"#;
    home.login_with(&server, answers, &["--key-file", key.to_str().unwrap()]).ends_with(0);
    assert_eq!(std::fs::read(&key).unwrap().len(), 32);
    assert!(!home.path("config/journey/key").exists());
    home.run(&["session"]).ends_with(0);
    std::fs::remove_file(&key).unwrap();
    home.run(&["session"]).ends_with(3);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_loses_no_token_that_is_on_its_way() {
    let am = Am::demo();
    let server = am.serve().await.unwrap();
    let home = Home::new();
    home.login(&server).ends_with(0);
    let old = home.run(&["token", "--raw"]).ends_with(0).stdout;

    let answer = am.hold_next_answer("/access_token");
    let refresh = home.spawn(&["refresh"]);
    answer.arrived().await;
    interrupt(&refresh);
    answer.release();
    finish(refresh).ends_with(130);

    let issued = am.tokens_issued().len();
    let new = home.run(&["token", "--raw"]).ends_with(0).stdout;
    assert_ne!(new, old);
    assert!(am.is_alive(new.trim()));
    assert_eq!(am.tokens_issued().len(), issued, "nothing had to be asked for again");
}
