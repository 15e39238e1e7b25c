//! The `journey` command, each call a process of its own.

use std::{
    env,
    io::Write as _,
    path::{Path, PathBuf},
    process::Output,
};

use journey_sdk::BoxError;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    problem::{Doing as _, Problem},
    server::REDIRECT_URI,
    suite::{Chapter, Person, World, scenario::scenarios},
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "The journey command",
    scenarios: scenarios![
        the_command_signs_in_and_later_runs_go_on:
            "Sign-in, tokens, userinfo, refresh, revocation and sign-out, each in a process of its own, \
             from the sealed store.",
        the_command_says_that_a_password_was_wrong:
            "A wrong password is an exit code that is not success, and the right one signs in after it.",
    ],
};

/// One user of the command, with folders of their own.
struct Terminal<'a> {
    world: &'a World,
    home: tempfile::TempDir,
}

async fn the_command_signs_in_and_later_runs_go_on(world: &World) -> Result<(), BoxError> {
    for realm in ["", "alpha"] {
        let person = world.person().await?;
        let terminal = Terminal::new(world)?;
        let signed_in = terminal.login(realm, &person, person.password).await?;
        assert!(signed_in.status.success(), "{}", complaint(&signed_in));
        let first = terminal.run(&["token", "--raw"]).await?;
        assert!(first.status.success(), "{}", complaint(&first));
        let first = String::from_utf8_lossy(&first.stdout).trim().to_owned();
        assert!(world.view.token_lives(&first).await?);

        let info = terminal.run(&["userinfo", "--json"]).await?;
        assert!(info.status.success(), "{}", complaint(&info));
        let info: Value = serde_json::from_slice(&info.stdout)?;
        assert!(info.to_string().contains(&person.name), "{info}");
        for words in [["refresh"], ["revoke"], ["session"], ["token"]] {
            let output = terminal.run(&words).await?;
            assert!(output.status.success(), "{words:?}: {}", complaint(&output));
        }
        let last = terminal.run(&["token", "--raw"]).await?;
        let last = String::from_utf8_lossy(&last.stdout).trim().to_owned();
        assert_ne!(first, last);
        assert!(!world.view.token_lives(&first).await?, "it was revoked");
        let output = terminal.run(&["logout"]).await?;
        assert!(output.status.success(), "{}", complaint(&output));
        assert!(!world.view.token_lives(&last).await?);
        assert!(!terminal.run(&["token"]).await?.status.success());
    }
    Ok(())
}

async fn the_command_says_that_a_password_was_wrong(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let terminal = Terminal::new(world)?;
    let refused = terminal.login("", &person, "not-the-password").await?;
    assert!(!refused.status.success());
    assert!(!complaint(&refused).contains("not-the-password"));
    let signed_in = terminal.login("", &person, person.password).await?;
    assert!(signed_in.status.success(), "{}", complaint(&signed_in));
    assert!(terminal.run(&["logout"]).await?.status.success());
    Ok(())
}

impl<'a> Terminal<'a> {
    fn new(world: &'a World) -> Result<Self, Problem> {
        let home = tempfile::tempdir().doing("could not make a home")?;
        let authority = home.path().join("authority.pem");
        std::fs::write(authority, &world.authority).doing("could not write the authority")?;
        Ok(Self { world, home })
    }

    async fn login(&self, realm: &str, who: &Person, password: &str) -> Result<Output, Problem> {
        let answers = self.home.path().join("answers.json");
        let text = json!({"NameCallback": who.name, "PasswordCallback": password}).to_string();
        let mut file = std::fs::File::create(&answers).doing("could not write the answers")?;
        file.write_all(text.as_bytes()).doing("could not write the answers")?;
        let authority = self.home.path().join("authority.pem");
        let mut words = vec!["login", "--url", &self.world.url, "--journey", "password"];
        words.extend(["--client-id", "app", "--redirect-uri", REDIRECT_URI, "--ca"]);
        words.extend([path(&authority), "--answers", path(&answers)]);
        if !realm.is_empty() {
            words.extend(["--realm", realm]);
        }
        self.run(&words).await
    }

    async fn run(&self, words: &[&str]) -> Result<Output, Problem> {
        let program = program()?;
        Command::new(&program)
            .args(words)
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("XDG_STATE_HOME", self.home.path().join("state"))
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .doing(format!("could not run {}", program.display()))
    }
}

/// The command lies beside this program: `cargo xtask interop` builds both.
fn program() -> Result<PathBuf, Problem> {
    let ours = env::current_exe().doing("could not find this program")?;
    let folder = ours.parent().unwrap_or(Path::new("."));
    Ok(folder.join(format!("journey{}", env::consts::EXE_SUFFIX)))
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stderr[..], &output.stdout[..]].concat()).into_owned()
}
