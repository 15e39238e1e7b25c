//! The tests: what the store is good for after other processes have used it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use journey_core::{TokenErrorKind, TokenProvider};
use journey_testkit::sim::{Am, Matcher, Serving};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::child::{self, AHEAD};

struct World {
    am: Am,
    server: String,
    folder: TempDir,
    session: String,
    _serving: Serving,
}

struct Process {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl World {
    /// A user whose tokens are in the store, and look expired to every process from now on.
    async fn new() -> Self {
        // The id_token of a fresh sign-in is held against the clock of the process, which is ahead.
        let am = Am::demo_builder().lifetimes(|it| it.id_token = 10 * AHEAD).build();
        let serving = am.serve().await.unwrap();
        let server = serving.url();
        let session = sign_in(&am).await;
        let folder = tempfile::tempdir().unwrap();
        let world = Self { am, server, folder, session, _serving: serving };
        let (client, writer) = child::client(
            &world.server,
            &world.folder.path().join("store"),
            Duration::ZERO,
            "",
            Some(&world.session),
        )
        .await;
        client.token(writer.account()).await.unwrap();
        world
    }

    fn start(&self, stage: &str) -> Process {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::child", "--ignored", "--nocapture"])
            .env("CHILD_SERVER", &self.server)
            .env("CHILD_FOLDER", self.folder.path().join("store"))
            .env("CHILD_STAGE", stage)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Process { child, lines }
    }

    /// Asks for a token in this process, as one that was started after the others.
    async fn token(&self, session: Option<&str>) -> Result<String, TokenErrorKind> {
        let folder = self.folder.path().join("store");
        let (client, writer) = child::client(&self.server, &folder, AHEAD, "", session).await;
        let token = client.token(writer.account()).await;
        token.map(|it| it.value().expose_secret().to_owned()).map_err(|it| it.kind())
    }
}

impl Process {
    /// Waits for the line that starts with this word and returns the rest.
    async fn line(mut self, word: &'static str) -> (Self, String) {
        let read = tokio::task::spawn_blocking(move || {
            loop {
                let mut line = String::new();
                let length = self.lines.read_line(&mut line).unwrap();
                assert_ne!(length, 0, "the process ended without {word}");
                assert!(!line.starts_with("ERROR"), "{line}");
                if let Some(rest) = line.strip_prefix(word) {
                    return (self, rest.trim().to_owned());
                }
            }
        });
        read.await.unwrap()
    }

    /// Ends it as `kill -9` does.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn sign_in(am: &Am) -> String {
    let mut step = json!({});
    loop {
        let request = http::Request::post("/am/json/realms/root/realms/alpha/authenticate")
            .header("content-type", "application/json")
            .header("accept-api-version", "resource=2.1, protocol=1.0")
            .body(step.to_string())
            .unwrap();
        let body = am.service().oneshot(request).await.unwrap().into_body();
        let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
        step = serde_json::from_slice(&body).unwrap();
        if let Some(token) = step.get("tokenId").and_then(Value::as_str) {
            return token.to_owned();
        }
        for callback in step["callbacks"].as_array_mut().unwrap() {
            let is_name = callback["type"] == "NameCallback";
            callback["input"][0]["value"] = if is_name { "demo" } else { "Ch4ng31t" }.into();
        }
    }
}

fn refreshes() -> Matcher {
    Matcher::path("/access_token").grant_type("refresh_token")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_over_one_store_make_one_request() {
    let world = World::new().await;
    let gate = world.am.hold_next(refreshes());
    let (one, two) = (world.start(""), world.start(""));
    gate.arrived().await;
    gate.release();
    let ((one, first), (two, second)) = tokio::join!(one.line("TOKEN"), two.line("TOKEN"));
    assert_eq!(first, second);
    assert_eq!(world.am.count_grant("refresh_token"), 1);
    one.kill();
    two.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_with_fifty_callers_each_make_one_request() {
    let world = World::new().await;
    let gate = world.am.hold_next(refreshes());
    let mut processes: Vec<_> = (0..8).map(|_| world.start("")).collect();
    gate.arrived().await;
    gate.release();
    let mut tokens = std::collections::HashSet::new();
    for process in processes.drain(..) {
        let (process, token) = process.line("TOKEN").await;
        tokens.insert(token);
        process.kill();
    }
    assert_eq!(tokens.len(), 1);
    assert_eq!(world.am.count_grant("refresh_token"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_with_the_lock_in_its_hand_holds_nobody_up() {
    let world = World::new().await;
    let (process, _) = world.start("locked").line("STAGE").await;
    process.kill();
    assert!(world.token(None).await.is_ok(), "the refresh token is not spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_the_server_acted_has_spent_nothing() {
    let world = World::new().await;
    let gate = world.am.hold_next(refreshes());
    let process = world.start("");
    gate.arrived().await;
    process.kill();
    assert!(world.token(None).await.is_ok(), "the refresh token is not spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_it_read_the_answer_is_made_up_for_by_the_session() {
    let world = World::new().await;
    let gate = world.am.hold_next_answer(refreshes());
    let process = world.start("");
    gate.arrived().await;
    process.kill();
    assert!(world.token(Some(&world.session)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_it_stored_the_answer_is_made_up_for_by_the_session() {
    let world = World::new().await;
    let (process, _) = world.start("before put").line("STAGE").await;
    process.kill();
    assert!(world.token(Some(&world.session)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_without_a_session_says_that_the_user_must_sign_in() {
    let world = World::new().await;
    let (process, _) = world.start("before put").line("STAGE").await;
    process.kill();
    assert_eq!(world.token(None).await, Err(TokenErrorKind::NeedsSignIn));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_after_it_stored_the_answer_leaves_it_to_all() {
    let world = World::new().await;
    let (process, _) = world.start("after put").line("STAGE").await;
    process.kill();
    world.am.clear_requests();
    assert!(world.token(None).await.is_ok());
    assert_eq!(world.am.count("POST", "/access_token"), 0);
}
