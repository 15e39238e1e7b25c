//! Signing in, with the real binary against the simulator on loopback.

use crate::support::{Home, contains};
#[cfg(unix)]
use crate::support::{finish, interrupt};
use journey_testkit::sim::{Am, Page, Tree};

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_kept_for_later_runs() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    let login = home.login(&server).ends_with(0);
    assert!(login.stdout.contains("Whoever can read both can use it"), "{}", login.stdout);

    let session = home.run(&["session"]).ends_with(0);
    assert!(session.stdout.contains("demo"), "{}", session.stdout);
    server.am().assert_every_request_named_its_version();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_in_the_servers_words_and_leaves_nothing() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    let refused =
        home.login_with(&server, r#"{"User Name": "demo", "PasswordCallback": "no"}"#, &[]);
    let refused = refused.ends_with(1);
    assert!(refused.stderr.contains("Login failure"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
    home.run(&["session"]).ends_with(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_answer_is_named() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    let unanswered = home.login_with(&server, r#"{"User Name": "demo"}"#, &[]).ends_with(6);
    assert!(unanswered.stderr.contains("PasswordCallback \"Password:\""), "{}", unanswered.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_go_by_prompt_id_type_and_place() {
    let tree = Tree::password("Many").page(
        Page::new()
            .text_input("Favorite color", "")
            .choice("Second factor", ["Push", "Code"], 0)
            .hidden_value("device", "")
            .text_output("Nearly there")
            .callback(serde_json::json!({"type": "OddCallback", "output": [], "input": []})),
    );
    let server = Am::demo_builder().tree("alpha", tree).build().serve().await.unwrap();
    let home = Home::new();
    let answers = home.file(
        "answers.json",
        r#"{"NameCallback": "demo", "password": "Ch4ng31t", "favorite color": "blue",
            "Second factor": 1, "device": "d1"}"#,
    );
    let url = server.url();
    let login = home.run(&[
        "login",
        "--url",
        &url,
        "--realm",
        "alpha",
        "--journey",
        "Many",
        "--answers",
        &answers,
    ]);
    let login = login.ends_with(0);
    assert!(login.stderr.contains("Nearly there"), "{}", login.stderr);
    assert!(login.stderr.contains("left as it is: OddCallback"), "{}", login.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_uri_for_an_authenticator_app_is_shown_and_the_script_around_it_is_not() {
    let script = "var uri = 'otpauth://totp/AM:demo?secret=ABC======'; draw(uri);";
    let tree = Tree::new("Enroll").page(Page::credentials().script(script));
    let server = Am::demo_builder().tree("alpha", tree).build().serve().await.unwrap();
    let url = server.url();
    let login =
        ["login", "--url", &url, "--realm", "alpha", "--journey", "Enroll", "--answers", "-"];
    let login = Home::new().run_with_input(&login, RIGHT).ends_with(0);
    let line = "For your authenticator app: otpauth://totp/AM:demo?secret=ABC======";
    assert!(login.stderr.contains(line), "{}", login.stderr);
    assert!(!login.stderr.contains("draw"), "{}", login.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_on_the_disk_or_on_the_screen() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    let mut screen = format!("{:?}", home.login_with(&server, RIGHT, &["-vv"]).ends_with(0));
    screen.push_str(&format!("{:?}", home.run(&["token", "-vv"]).ends_with(0)));
    let disk = home.everything();
    let mut secrets = server.am().live_sessions();
    secrets.extend(server.am().tokens_issued());
    assert!(secrets.len() >= 3, "a session, an access token, a refresh token");
    secrets.push("Ch4ng31t".to_owned());
    for secret in secrets {
        assert!(!contains(&disk, &secret), "on the disk: {secret}");
        assert!(!screen.contains(&secret), "on the screen: {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_waits_until_the_first_login_is_ended() {
    let first = Am::demo().serve().await.unwrap();
    let second = Am::demo().serve().await.unwrap();
    let home = Home::new();
    home.login(&first).ends_with(0);
    let refused = home.login(&second).ends_with(2);
    assert!(refused.stderr.contains(&first.url()), "{}", refused.stderr);
    home.run(&["logout"]).ends_with(0);
    home.login(&second).ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_login_needs_no_options() {
    let server = Am::demo().serve().await.unwrap();
    let home = Home::new();
    home.login(&server).ends_with(0);
    home.run(&["logout"]).ends_with(0);
    home.run_with_input(&["login", "--answers", "-"], RIGHT).ends_with(0);
    home.run(&["session"]).ends_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_apart() {
    let server = Am::demo().serve().await.unwrap();
    let url = server.url();
    drop(server);
    let home = Home::new();
    let failed = home.run(&["--json", "login", "--url", &url]).ends_with(4);
    assert!(failed.stdout.contains(r#""exit":4"#), "{}", failed.stdout);
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let home = Home::new();
    let refused = home.run(&["login", "--url", "http://am.example.com/am"]).ends_with(2);
    assert!(refused.stderr.contains("without TLS"), "{}", refused.stderr);
}

#[test]
fn the_first_login_has_to_name_a_server() {
    let refused = Home::new().run(&["login"]).ends_with(2);
    assert!(refused.stderr.contains("--url"), "{}", refused.stderr);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_in_the_middle_leaves_nothing_behind() {
    use std::io::Write;

    let am = Am::demo();
    let server = am.serve().await.unwrap();
    let start = am.hold_next_answer("/authenticate");
    let home = Home::new();
    let url = server.url();
    let mut child = home.spawn(&[
        "login",
        "--url",
        &url,
        "--realm",
        "alpha",
        "--journey",
        "Login",
        "--answers",
        "-",
    ]);
    child.stdin.take().unwrap().write_all(RIGHT.as_bytes()).unwrap();
    start.arrived().await;
    // The server says yes to the password, but its answer is still on the way.
    let answer = am.hold_next_answer("/authenticate");
    start.release();
    answer.arrived().await;
    assert_eq!(am.live_sessions().len(), 1);

    interrupt(&child);
    answer.release();
    finish(child).ends_with(130);
    assert_eq!(am.live_sessions().len(), 0, "the session that came late is ended");
    home.run(&["session"]).ends_with(3);
}

const RIGHT: &str = r#"{"User Name": "demo", "PasswordCallback": "Ch4ng31t"}"#;
