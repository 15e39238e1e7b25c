//! The gate: what every change has to pass. `.ci/run` installs the tools and calls this.

use std::path::PathBuf;
use std::process::Command;

use crate::parts::{self, Parts, cargo};
use crate::test_run::{self, TestRun};
use crate::workspace::root;
use crate::{callbacks, features, fmt, tidy};

/// Runs every part in order; the first failure ends it.
pub(crate) fn run() -> Result<(), String> {
    let mut parts = Parts::default();
    let mut runs = Vec::new();
    parts.part("the README's tests", || test(&mut runs, &mut cargo(&["test", "--workspace"])))?;
    parts.part("formatting", || quiet(fmt::check()))?;
    parts.part("tidy", || quiet(tidy::run()))?;
    parts.part("generated texts", || quiet(callbacks::check()))?;
    parts.part("licenses, bans and sources", || quiet(parts::run(&mut deny())))?;
    parts.part("clippy", || quiet(parts::run(&mut clippy())))?;
    parts.part("features", || quiet(features::run()))?;
    parts.part("documentation", || quiet(parts::run(&mut documentation())))?;
    parts.part("the facade without features", || test(&mut runs, &mut bare_facade()))?;
    parts.part("a second opinion", || test(&mut runs, &mut second_opinion()))?;
    parts.part("the network with all features", || test(&mut runs, &mut whole_network()))?;
    parts.part("tests that documents name", || tidy::check_named_tests(&runs))?;
    parts.summary();
    Ok(())
}

fn test(runs: &mut Vec<TestRun>, command: &mut Command) -> Result<String, String> {
    let run = test_run::run(command)?;
    let summary = run.summary();
    runs.push(run);
    Ok(summary)
}

fn quiet(result: Result<(), String>) -> Result<String, String> {
    result.map(|()| String::new())
}

fn clippy() -> Command {
    let mut command = cargo(&["clippy", "--locked", "--keep-going", "--workspace"]);
    command.args(["--all-targets", "--all-features", "--", "-D", "warnings"]);
    command
}

fn documentation() -> Command {
    let mut command = cargo(&["doc", "--locked", "--workspace", "--no-deps", "--all-features"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// By itself, because `--workspace` switches on every feature that any member asks for.
fn bare_facade() -> Command {
    cargo(&["test", "--locked", "-p", "journey-sdk", "--no-default-features"])
}

/// By itself, so that the README's command does not build openidconnect.
fn second_opinion() -> Command {
    cargo(&["test", "--locked", "-p", "journey-oracle", "--all-features"])
}

/// No member asks for proxies or metrics, so `--workspace` leaves out what shows them at work.
fn whole_network() -> Command {
    cargo(&["test", "--locked", "-p", "journey-transport", "-p", "journey-sdk", "--all-features"])
}

fn deny() -> Command {
    let mut command = Command::new(deny_program());
    command.args(["--locked", "--all-features", "check", "bans", "licenses", "sources"]);
    command
}

/// The one that `.ci/run` installed, or else the one on the path.
fn deny_program() -> PathBuf {
    let installed = root().join("target/tools/bin/cargo-deny");
    if installed.exists() { installed } else { "cargo-deny".into() }
}
