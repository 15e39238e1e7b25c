//! The commands that need no login.

use journey_testkit::{
    fault_server::{Authority, FaultServer, Proxy, Reply, Tls, Validity},
    sim::Am,
};

use crate::support::Home;

#[test]
fn help_names_the_exit_codes() {
    let help = Home::new().run(&["help"]).ends_with(0);
    for line in ["1    the server refused", "3    nobody is signed in", "130  interrupted"] {
        assert!(help.stdout.contains(line), "{line} in {}", help.stdout);
    }
}

#[test]
fn a_command_that_is_not_there_is_a_usage_error() {
    Home::new().run(&["sing-in"]).ends_with(2);
}

#[cfg(feature = "sim")]
#[test]
fn the_demo_tells_the_whole_story() {
    let home = Home::new();
    let demo = home.run(&["demo"]).ends_with(0);
    for line in [
        "1. journey.start(\"Login\")",
        "an ErrorNode: 401 Login failure",
        "a SuccessNode",
        "hello Demo User",
        "user.refresh()",
        "user.revoke()",
        "user.logout()",
        "the server has seen the same",
    ] {
        assert!(demo.stdout.contains(line), "{line} in {}", demo.stdout);
    }
    assert!(!demo.stdout.contains("WRONG"), "{}", demo.stdout);
    assert_eq!(home.everything(), [0; 0], "the demo leaves nothing behind");
}

#[cfg(feature = "sim")]
#[test]
fn a_login_works_against_the_simulator_of_another_process() {
    use std::io::{BufRead, BufReader};

    let home = Home::new();
    let mut sim = home.spawn(&["sim", "--json"]);
    let mut line = String::new();
    BufReader::new(sim.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let object: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = object["url"].as_str().unwrap();
    let login = ["login", "--url", url, "--realm", "alpha", "--journey", "Login", "--answers", "-"];
    let wrong = home.run_with_input(&login, r#"{"User Name": "demo", "Password": "no"}"#);
    let right = home.run_with_input(&login, r#"{"User Name": "demo", "Password": "Ch4ng31t"}"#);
    let session = home.run(&["session"]);
    end(sim);
    wrong.ends_with(1);
    right.ends_with(0);
    session.ends_with(0);
}

/// Ends it as its user would, where a program can be told so.
#[cfg(feature = "sim")]
fn end(mut sim: std::process::Child) {
    #[cfg(unix)]
    {
        crate::support::interrupt(&sim);
        assert_eq!(sim.wait().unwrap().code(), Some(0));
    }
    #[cfg(not(unix))]
    sim.kill().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_authority_is_trusted_when_it_is_given() {
    let (server, authority) = not_today("localhost").await;
    let url = server.url_of("localhost", "/am");
    let home = Home::new();

    let untrusted = home.run(&["--json", "login", "--url", &url]).ends_with(4);
    assert!(untrusted.stdout.contains("transport.tls"), "{}", untrusted.stdout);

    let ca = home.file("ca.pem", &authority.pem());
    let trusted = home.run(&["login", "--url", &url, "--ca", &ca]).ends_with(1);
    assert!(trusted.stderr.contains("Not today"), "{}", trusted.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_asked() {
    // A name that leads nowhere: only the proxy knows the way.
    const HOST: &str = "am.invalid";
    let (server, authority) = not_today(HOST).await;
    let proxy = Proxy::http(server.address()).await.unwrap();
    let mut home = Home::new();
    home.set("HTTPS_PROXY", proxy.url());
    let (url, ca) = (server.url_of(HOST, "/am"), home.file("ca.pem", &authority.pem()));

    let led = home.run(&["login", "--url", &url, "--ca", &ca]).ends_with(1);

    assert!(led.stderr.contains("Not today"), "{}", led.stderr);
    assert_eq!(proxy.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_that_can_not_be_used_matters_only_where_it_would_be_asked() {
    let local = Am::demo().serve().await.unwrap();
    let unusable = || "socks4://me:hunter2@proxy.invalid:1080".to_owned();
    let mut home = Home::new();
    home.set("ALL_PROXY", unusable());
    home.login(&local).ends_with(0);

    let mut home = Home::new();
    home.set("ALL_PROXY", unusable());
    let led = ["login", "--json", "--url", "https://am.invalid/am"];
    let stopped = home.run(&led).ends_with(2);
    assert!(stopped.stdout.contains("ALL_PROXY"), "{stopped:?}");
    assert!(stopped.stdout.contains("transport.config"), "{stopped:?}");
    assert!(!format!("{stopped:?}").contains("hunter2"));

    home.set("NO_PROXY", "am.invalid".into());
    let direct = home.run(&led).ends_with(4);
    assert!(direct.stdout.contains("transport.dns"), "the name leads nowhere: {direct:?}");
}

/// A server with a certificate for this name that lets nobody in.
async fn not_today(name: &str) -> (FaultServer, Authority) {
    let authority = Authority::new().unwrap();
    let identity = authority.server(&[name], Validity::Now).unwrap();
    let refusal = r#"{"code":401,"reason":"Unauthorized","message":"Not today"}"#;
    let reply = format!(
        "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{refusal}",
        refusal.len()
    );
    let tls = Tls::new(&identity).unwrap();
    (FaultServer::tls(tls, [Reply::raw(reply)]).await.unwrap(), authority)
}
