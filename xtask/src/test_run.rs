//! A run of tests, read from what libtest prints.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::parts;
use crate::workspace::root;

/// What ran, by the names that libtest prints: `life::one_refresh::a_test`, and for a doc test
/// `crates/a/src/b.rs - b::Type (line 3)`.
#[derive(Debug, Default)]
pub(crate) struct TestRun {
    pub(crate) passed: Vec<String>,
    pub(crate) ignored: Vec<String>,
}

/// Runs a test command and passes its output on.
pub(crate) fn run(command: &mut Command) -> Result<TestRun, String> {
    parts::announce(command);
    let failed = |error: std::io::Error| format!("could not run the tests: {error}");
    let mut child = command
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut run = TestRun::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.map_err(failed)?;
            run.read(&line);
            writeln!(std::io::stdout(), "{line}").map_err(failed)?;
        }
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(format!("{} ended with {status}", parts::text(command)));
    }
    if run.passed.is_empty() {
        return Err(format!("{} ran no test at all", parts::text(command)));
    }
    Ok(run)
}

impl TestRun {
    /// How many tests it had.
    pub(crate) fn summary(&self) -> String {
        format!(" ({} passed, {} ignored)", self.passed.len(), self.ignored.len())
    }

    /// Reads a line such as `test state::a_fact ... ok`.
    fn read(&mut self, line: &str) {
        let parts = line.strip_prefix("test ").and_then(|it| it.rsplit_once(" ... "));
        let Some((name, result)) = parts else { return };
        let name = name.strip_suffix(" - should panic").unwrap_or(name).to_owned();
        match result.split(',').next() {
            Some("ok") => self.passed.push(name),
            Some("ignored") => self.ignored.push(name),
            _ => {}
        }
    }
}

#[cfg(test)]
impl TestRun {
    /// The run that printed this.
    pub(crate) fn of(output: &str) -> Self {
        let mut run = Self::default();
        output.lines().for_each(|it| run.read(it));
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read_with_how_they_ended() {
        let run = TestRun::of(
            "running 4 tests\ntest a::b ... ok\ntest c - should panic ... ok\ntest d ... FAILED\n\
             test e ... ignored, is started by others\ntest result: ok. 2 passed; 0 failed\n",
        );
        assert_eq!(run.passed, ["a::b", "c"]);
        assert_eq!(run.ignored, ["e"]);
    }

    #[test]
    fn a_doc_test_that_was_only_compiled_is_told_apart() {
        let run = TestRun::of("test a.rs - b::C (line 3) - compile ... ok\n");
        assert_eq!(run.passed, ["a.rs - b::C (line 3) - compile"]);
    }
}
