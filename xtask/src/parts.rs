//! Parts of the gate: a heading, a command, the seconds it took.

use std::io::{BufRead, BufReader, Write};
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

/// Runs a test command; passes its output on and returns the sums of its `test result:` lines.
pub(crate) fn run_tests(command: &mut Command) -> Result<String, String> {
    announce(command);
    let failed = |error: std::io::Error| format!("could not run the tests: {error}");
    let mut child = command
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut sums = TestSums::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.map_err(failed)?;
            sums.read(&line);
            writeln!(std::io::stdout(), "{line}").map_err(failed)?;
        }
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(format!("{} ended with {status}", text(command)));
    }
    if sums.passed == 0 {
        return Err(format!("{} ran no test at all", text(command)));
    }
    Ok(format!(" ({} passed, {} ignored)", sums.passed, sums.ignored))
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

#[derive(Debug, Default)]
struct TestSums {
    passed: u64,
    ignored: u64,
}

impl TestSums {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
    fn read(&mut self, line: &str) {
        let Some((_, sums)) = line.strip_prefix("test result: ").and_then(|it| it.split_once(". "))
        else {
            return;
        };
        for sum in sums.split("; ") {
            match sum.split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse().unwrap_or(0),
                Some((count, "ignored")) => self.ignored += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

fn announce(command: &Command) {
    println!("$ {}", text(command));
}

fn text(command: &Command) -> String {
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
    fn results_of_several_test_runs_are_added() {
        let mut sums = TestSums::default();
        sums.read("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        sums.read("test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        sums.read("running 3 tests");
        assert_eq!((sums.passed, sums.ignored), (7, 1));
    }

    #[test]
    fn a_failed_part_ends_the_run_with_its_name() {
        let error = Parts::default().part("docs", || Err("broken link".into())).unwrap_err();
        assert_eq!(error, "docs: broken link");
    }
}
