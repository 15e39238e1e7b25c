//! A user whose tokens are in a store, and the processes that share it.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use journey_core::{AccountWriter, TokenErrorKind, TokenProvider};
use journey_oidc::OidcClient;
use journey_storage::KeyPrefix;
use journey_testkit::sim::{Am, Matcher, Serving, User};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    child::{self, AHEAD},
    store::{self, Place},
};

/// How many callers of each process ask at once.
const CALLERS: usize = 50;

pub(crate) struct World {
    pub(crate) am: Am,
    server: String,
    place: Place,
    /// The session of the user `demo`.
    pub(crate) session: String,
    _serving: Serving,
}

pub(crate) struct Process {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl World {
    /// A user whose tokens are in the store, and look expired to every process from now on.
    pub(crate) async fn over(place: Place) -> Self {
        // The id_token of a fresh sign-in is held against the clock of the process, which is ahead.
        let am = Am::demo_builder()
            .user("alpha", User::new("scarter", "Passw0rd2"))
            .lifetimes(|it| it.id_token = 10 * AHEAD)
            .build();
        let serving = am.serve().await.unwrap();
        let server = serving.url();
        let session = sign_in(&am, "demo", "Ch4ng31t").await;
        let world = Self { am, server, place, session, _serving: serving };
        let (store, session) = (world.place.address(), Some(world.session.as_str()));
        let (client, writer) =
            child::client(&world.server, &store, Duration::ZERO, "", session).await;
        client.token(writer.account()).await.unwrap();
        world
    }

    /// Starts a process without a session that stops at a stage.
    pub(crate) fn start(&self, stage: &str) -> Process {
        self.start_with(CALLERS, stage)
    }

    /// Starts one with so many callers.
    pub(crate) fn start_with(&self, callers: usize, stage: &str) -> Process {
        let mut command = self.command("", stage);
        command.env("CHILD_CALLERS", callers.to_string());
        self.run(command)
    }

    /// Starts one that has the session of the user `demo`.
    pub(crate) fn start_with_session(&self, stage: &str) -> Process {
        self.run(self.command(&self.session, stage))
    }

    /// Starts one that the system kills as soon as a file grows beyond half a kilobyte.
    #[cfg(unix)]
    pub(crate) fn start_with_short_files(&self) -> Process {
        let inner = self.command("", "");
        let mut limited = Command::new("sh");
        limited.args(["-c", r#"ulimit -c 0; ulimit -f 1; exec "$0" "$@""#]);
        limited.arg(inner.get_program()).args(inner.get_args());
        limited.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.run(limited)
    }

    fn command(&self, session: &str, stage: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child::child", "--ignored", "--nocapture"])
            .env("CHILD_SERVER", &self.server)
            .env("CHILD_STORE", self.place.address())
            .env("CHILD_CALLERS", CALLERS.to_string())
            .env("CHILD_SESSION", session)
            .env("CHILD_STAGE", stage);
        command
    }

    #[expect(clippy::unused_self, reason = "a process belongs to a world")]
    fn run(&self, mut command: Command) -> Process {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Process { child, lines }
    }

    /// What this process works with.
    pub(crate) async fn client(&self, session: Option<&str>) -> (OidcClient, AccountWriter) {
        child::client(&self.server, &self.place.address(), AHEAD, "", session).await
    }

    pub(crate) async fn has_stored_tokens(&self) -> bool {
        let store = store::open(&self.place.address()).await;
        let keys = store.list(&KeyPrefix::all()).await.unwrap();
        keys.iter().any(|it| it.as_str().contains("/tokens/"))
    }

    pub(crate) fn nothing_lives(&self) -> bool {
        self.am.live_access_tokens().is_empty() && self.am.live_refresh_tokens().is_empty()
    }

    /// Asks for a token in this process, as one that was started after the others.
    pub(crate) async fn token(&self, session: Option<&str>) -> Result<String, TokenErrorKind> {
        let (client, writer) = self.client(session).await;
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

    /// Waits for what came of the call: a token, or the name of the error's kind.
    pub(crate) async fn outcome(mut self) -> Result<String, String> {
        let read = tokio::task::spawn_blocking(move || {
            loop {
                let mut line = String::new();
                let length = self.lines.read_line(&mut line).unwrap();
                assert_ne!(length, 0, "the process ended without an outcome");
                match line.trim().split_once(' ') {
                    Some(("TOKEN", token)) => break (self, Ok(token.to_owned())),
                    Some(("ERROR", kind)) => break (self, Err(kind.to_owned())),
                    _ => {}
                }
            }
        });
        let (process, outcome) = read.await.unwrap();
        process.kill();
        outcome
    }

    /// Lets it go on from the stage where it stopped.
    pub(crate) fn go_on(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Asks the system, also when nothing is known here of the process any more.
    #[cfg(unix)]
    pub(crate) fn is_running(&self) -> impl Fn() -> bool + use<> {
        let id = self.child.id().to_string();
        move || {
            let mut ask = Command::new("sh");
            ask.args(["-c", r#"kill -0 "$0" 2>&-"#, &id]).status().unwrap().success()
        }
    }

    /// Closes the way on which it is told to go on, as when this program is killed.
    pub(crate) fn hang_up(&mut self) {
        self.child.stdin = None;
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Waits until it has ended.
    #[cfg(unix)]
    pub(crate) async fn end(mut self) -> std::process::ExitStatus {
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap()
    }
}

/// Also when the test fails: a process that is left over would wait, and hold what it writes to open.
impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn sign_in(am: &Am, user: &str, password: &str) -> String {
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
            callback["input"][0]["value"] = if is_name { user } else { password }.into();
        }
    }
}

pub(crate) fn refreshes() -> Matcher {
    Matcher::path("/access_token").grant_type("refresh_token")
}
