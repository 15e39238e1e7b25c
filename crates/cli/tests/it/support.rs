//! The real binary in a home of its own.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use journey_testkit::sim::Serving;
use tempfile::TempDir;

/// A home folder, what a command leaves there, and what else its environment holds.
pub(crate) struct Home {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// What came out of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// Sets a variable for all commands that follow.
    pub(crate) fn set(&mut self, variable: &'static str, value: String) {
        self.variables.push((variable, value));
    }

    /// Runs a command without a terminal and without input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.spawn(arguments);
        // A command that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        finish(child)
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_journey"))
            .args(arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(variable, value)| (variable, value)))
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path().join("config"))
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Signs in at the simulator with the right password.
    pub(crate) fn login(&self, server: &Serving) -> Ran {
        self.login_with(server, r#"{"User Name": "demo", "PasswordCallback": "Ch4ng31t"}"#, &[])
    }

    pub(crate) fn login_with(&self, server: &Serving, answers: &str, more: &[&str]) -> Ran {
        let url = server.url();
        let mut arguments = vec!["login", "--url", &url, "--realm", "alpha", "--journey", "Login"];
        arguments.extend(["--client-id", "sdkClient"]);
        arguments.extend(["--redirect-uri", "http://localhost:8080/callback"]);
        arguments.extend(["--answers", "-"]);
        arguments.extend(more);
        self.run_with_input(&arguments, answers)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Damages session and tokens in the store; what else is in it is small.
    pub(crate) fn damage_login(&self) {
        for entry in fs::read_dir(self.path("state/journey/store/entries-1")).unwrap() {
            let path = entry.unwrap().path();
            if fs::metadata(&path).unwrap().len() > 400 {
                fs::write(path, "damaged").unwrap();
            }
        }
    }

    /// Damages what counts the sign-ins and sign-outs, and leaves session and tokens whole.
    pub(crate) fn damage_marks(&self) {
        for entry in fs::read_dir(self.path("state/journey/store/entries-1")).unwrap() {
            let path = entry.unwrap().path();
            if fs::metadata(&path).unwrap().len() < 200 {
                fs::write(path, "damaged").unwrap();
            }
        }
    }

    /// Returns the content of every file that commands have left.
    pub(crate) fn everything(&self) -> Vec<u8> {
        let mut content = Vec::new();
        read(self.folder.path(), &mut content);
        content
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn ends_with(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "{self:#?}");
        self
    }
}

pub(crate) fn finish(child: Child) -> Ran {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Ran {
        exit: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Presses Ctrl-C.
#[cfg(unix)]
pub(crate) fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

fn read(folder: &Path, content: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, content);
        } else {
            content.extend(fs::read(path).unwrap());
        }
    }
}

pub(crate) fn contains(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|it| it == text.as_bytes())
}
