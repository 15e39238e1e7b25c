//! The rules of the house that no compiler knows, one file each.

mod arrows;
mod code;
mod core_tree;
mod crate_files;
mod environment;
mod globals;
mod length;
mod mentions;
mod named_tests;
mod one_spawn;
mod places;

use crate::test_run::TestRun;
use crate::workspace::{File, files, packages};

/// A rule that looks at files alone.
type Check = fn(&[File]) -> Vec<Finding>;

const CHECKS: &[(&str, Check)] = &[
    ("files have one subject and fit the head", length::check),
    ("nothing of one machine is in the repository", places::check),
    ("each crate has a README, a changelog and a version of its own", crate_files::check),
    ("one place spawns tasks", one_spawn::check),
    ("no library reads the environment", environment::check),
    ("no library has global state", globals::check),
    ("only the facade and the cli name the OIDC module", arrows::check_names),
    ("tests that documents name exist", named_tests::check),
];

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    place: String,
    what: String,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), what)
    }
}

/// Runs every check and fails if one of them found something.
pub(crate) fn run() -> Result<(), String> {
    let files = files()?;
    let mut count = 0;
    for (rule, check) in CHECKS {
        count += report(rule, &check(&files));
    }
    count += report("crates depend on each other as drawn", &arrows::check(&packages()?));
    count += report("journey-core stays small and without I/O", &core_tree::check()?);
    if count == 0 { Ok(()) } else { Err(format!("{count} places break a rule")) }
}

/// Fails if a test that a document names is not in what the gate ran.
pub(crate) fn check_named_tests(runs: &[TestRun]) -> Result<String, String> {
    let count = report("tests that documents name ran", &named_tests::check_runs(&files()?, runs));
    if count == 0 {
        Ok(String::new())
    } else {
        Err(format!("{count} places name no test that ran"))
    }
}

fn report(rule: &str, findings: &[Finding]) -> usize {
    println!("{} {rule}", if findings.is_empty() { "ok    " } else { "BROKEN" });
    for finding in findings {
        println!("       {}: {}", finding.place, finding.what);
    }
    findings.len()
}

#[cfg(test)]
fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}
