//! Parts of the gate: a heading, a command, the seconds it took.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::workspace::root;

/// Runs parts one after another and remembers what they took.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    lines: Vec<String>,
}

impl Parts {
    /// Runs `work` under a heading; its error ends the run.
    pub(crate) fn part(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<String, String>,
    ) -> Result<(), String> {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = work();
        let seconds = start.elapsed().as_secs();
        match result {
            Ok(note) => {
                println!("=== {name}: ok, {seconds} s");
                self.lines.push(format!("{seconds:>5} s  {name}{note}"));
                Ok(())
            }
            Err(reason) => {
                println!("=== {name}: FAILED after {seconds} s");
                Err(format!("{name}: {reason}"))
            }
        }
    }

    /// Prints the parts that ran, with their seconds.
    pub(crate) fn summary(&self) {
        println!("\n=== Summary");
        for line in &self.lines {
            println!("{line}");
        }
    }
}

/// Runs a command from the root of the workspace; its output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    announce(command);
    let status = command
        .current_dir(root())
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("could not run {}: {error}", text(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", text(command))) }
}

/// Runs a command from the root of the workspace and returns what it wrote.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not run {}: {error}", text(command)))?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", text(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{} wrote no UTF-8", text(command)))
}

/// A cargo command that leaves the lock file as it is.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Prints a command before it runs.
pub(crate) fn announce(command: &Command) {
    println!("$ {}", text(command));
}

/// A command as one would type it, shortened.
pub(crate) fn text(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or_default().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|it| it.to_string_lossy().into_owned()));
    if words.len() > 20 {
        words.truncate(8);
        words.push("...".into());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_part_ends_the_run_with_its_name() {
        let error = Parts::default().part("docs", || Err("broken link".into())).unwrap_err();
        assert_eq!(error, "docs: broken link");
    }
}
