//! The whole SDK against a real AM: `crates/interop` does the work.

use crate::parts::{self, cargo};

/// Builds the suite and the command that it tries, and hands the words of the command line on to it.
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    let programs = ["--package", "journey-interop", "--package", "journey-cli"];
    parts::run(cargo(&["build", "--quiet"]).args(programs))?;
    let mut command = cargo(&["run", "--quiet", "--package", "journey-interop", "--"]);
    parts::run(command.args(words))
}
