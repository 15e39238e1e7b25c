//! A user whose tokens are in a store, and the processes that share it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use journey_core::{TokenErrorKind, TokenProvider};
use journey_testkit::sim::{Am, Matcher, Serving};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    child::{self, AHEAD},
    store::Place,
};

/// How many callers of each process ask at once.
const CALLERS: usize = 50;

pub(crate) struct World {
    pub(crate) am: Am,
    pub(crate) session: String,
    server: String,
    place: Place,
    _serving: Serving,
}

pub(crate) struct Process {
    pub(crate) child: Child,
    lines: BufReader<ChildStdout>,
}

impl World {
    /// A user whose tokens are in the store, and look expired to every process from now on.
    pub(crate) async fn over(place: Place) -> Self {
        // The id_token of a fresh sign-in is held against the clock of the process, which is ahead.
        let am = Am::demo_builder().lifetimes(|it| it.id_token = 10 * AHEAD).build();
        let serving = am.serve().await.unwrap();
        let server = serving.url();
        let session = sign_in(&am).await;
        let world = Self { am, server, place, session, _serving: serving };
        let (store, session) = (world.place.address(), Some(world.session.as_str()));
        let (client, writer) =
            child::client(&world.server, &store, Duration::ZERO, "", session).await;
        client.token(writer.account()).await.unwrap();
        world
    }

    /// Starts a process whose callers ask at once.
    pub(crate) fn start(&self, stage: &str) -> Process {
        self.start_with(CALLERS, stage)
    }

    pub(crate) fn start_with(&self, callers: usize, stage: &str) -> Process {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::child", "--ignored", "--nocapture"])
            .env("CHILD_SERVER", &self.server)
            .env("CHILD_STORE", self.place.address())
            .env("CHILD_STAGE", stage)
            .env("CHILD_CALLERS", callers.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Process { child, lines }
    }

    /// Asks for a token in this process, as one that was started after the others.
    pub(crate) async fn token(&self, session: Option<&str>) -> Result<String, TokenErrorKind> {
        let place = self.place.address();
        let (client, writer) = child::client(&self.server, &place, AHEAD, "", session).await;
        let token = client.token(writer.account()).await;
        token.map(|it| it.value().expose_secret().to_owned()).map_err(|it| it.kind())
    }
}

impl Process {
    /// Waits for the line that starts with this word and returns the rest.
    pub(crate) async fn line(mut self, word: &'static str) -> (Self, String) {
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
    pub(crate) fn kill(mut self) {
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

pub(crate) fn refreshes() -> Matcher {
    Matcher::path("/access_token").grant_type("refresh_token")
}
