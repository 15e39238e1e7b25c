//! Windows and macOS, looked at from wherever this runs.

use std::process::Command;

use crate::parts;

/// A desktop's Windows and a desktop's macOS. What others of their kind differ in is not ours.
const TARGETS: [&str; 2] = ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"];

/// Lints everything as it is compiled for the other platforms, with warnings denied.
///
/// Some dependencies compile C, also for a lint: `cargo-zigbuild` brings a compiler for both.
pub(crate) fn run() -> Result<(), String> {
    if Command::new("cargo-zigbuild").arg("--version").output().is_err() {
        return Err("cargo-zigbuild is missing: `pip install cargo-zigbuild` has it".to_owned());
    }
    parts::run(Command::new("rustup").args(["target", "add"]).args(TARGETS))?;
    for target in TARGETS {
        parts::run(&mut lint(target))?;
    }
    Ok(())
}

fn lint(target: &str) -> Command {
    let mut command = Command::new("cargo-zigbuild");
    command.args(["clippy", "--locked", "--keep-going", "--target", target]);
    command.args(["--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]);
    command
}
