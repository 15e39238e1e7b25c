//! Formatting of every tracked file: `cargo fmt` skips modules that a macro declares.

use std::process::Command;

use crate::parts::run;
use crate::workspace::files;

/// Formats all files.
pub(crate) fn write() -> Result<(), String> {
    rustfmt(&[])
}

/// Fails if a file is not formatted.
pub(crate) fn check() -> Result<(), String> {
    rustfmt(&["--check"])
}

fn rustfmt(options: &[&str]) -> Result<(), String> {
    let files = files()?;
    let rust = files.iter().map(|it| it.path.as_str()).filter(|it| it.ends_with(".rs"));
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024"]).args(options).args(rust);
    run(&mut command)
}
