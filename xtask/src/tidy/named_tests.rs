//! A document that names a test as its proof has one: the test exists, and the gate ran it.

use std::collections::{BTreeMap, BTreeSet};

use crate::test_run::TestRun;
use crate::tidy::Finding;
use crate::tidy::mentions::{Document, Mention, Named, mentions};
use crate::workspace::File;

/// The documents that must not stop to name tests, and in how many tables they do at least: a table
/// whose heading lost the word is no longer read.
const DOCUMENTS: &[(&str, usize)] = &[
    ("docs/parity.md", 7),
    ("docs/conformance.md", 5),
    ("docs/compatibility.md", 12),
    ("docs/security.md", 9),
];

/// Where the scenarios are that ran against a real server; the document holds the results.
const SCENARIOS: &str = "crates/interop/src/suite/";

/// Finds names of tests that nobody wrote.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = check_tables(files, DOCUMENTS);
    findings.extend(check_names(files));
    findings
}

/// Finds documents of which a table is not read any more.
fn check_tables(files: &[File], documents: &[(&str, usize)]) -> Vec<Finding> {
    let tables =
        |path: &str| files.iter().find(|it| it.path == path).map_or(0, |it| mentions(it).tables);
    let too_few = |&(path, least): &(&str, usize)| {
        let read = tables(path);
        let what = format!("names tests in {read} tables and no longer in {least}");
        (read < least).then(|| Finding::new(path, what))
    };
    documents.iter().filter_map(too_few).collect()
}

fn check_names(files: &[File]) -> Vec<Finding> {
    let written = tests(files);
    let scenarios = scenarios(files);
    let mut all = Vec::new();
    for file in files.iter().filter(|it| it.path.ends_with(".md")) {
        let Document { mentions, findings, .. } = mentions(file);
        all.extend(findings);
        all.extend(mentions.into_iter().filter_map(|it| match &it.test {
            Named::Test(path) => {
                (!written.contains_key(name(path))).then(|| missing(&it, "test", path))
            }
            Named::Scenario(name) => {
                (!scenarios.contains(name.as_str())).then(|| missing(&it, "scenario", name))
            }
            // Rustdoc alone knows which examples there are; the run tells.
            Named::DocTest(_) => None,
        }));
    }
    all
}

/// Finds named tests that did not run, or of which one by that name did not.
pub(super) fn check_runs(files: &[File], runs: &[TestRun]) -> Vec<Finding> {
    let written = tests(files);
    let documents = files.iter().filter(|it| it.path.ends_with(".md"));
    let mentions = documents.flat_map(|it| mentions(it).mentions);
    mentions.filter_map(|it| Some(Finding::new(&it.place, fault(&it, &written, runs)?))).collect()
}

fn fault(mention: &Mention, written: &BTreeMap<&str, usize>, runs: &[TestRun]) -> Option<String> {
    let (test, is_it): (&str, fn(&str, &str) -> bool) = match &mention.test {
        Named::Test(path) => (path, is_at),
        Named::DocTest(item) => (item, is_example_of),
        Named::Scenario(_) => return None,
    };
    if runs.iter().flat_map(|it| &it.ignored).any(|it| is_it(it, test)) {
        return Some(format!("{test} is ignored"));
    }
    // A name alone stands for all tests of that name, so that none hides behind another; nor behind
    // one that ran in several runs.
    let passed = |run: &TestRun| run.passed.iter().filter(|it| is_it(it, test)).count();
    let ran = runs.iter().map(passed).max().unwrap_or(0);
    let expected = written.get(test).copied().unwrap_or(1);
    match ran {
        0 => Some(format!("{test} did not run")),
        ran if ran < expected => {
            Some(format!("{test} is written {expected} times and ran {ran} times"))
        }
        _ => None,
    }
}

fn is_at(ran: &str, path: &str) -> bool {
    ran.strip_suffix(path).is_some_and(|before| before.is_empty() || before.ends_with("::"))
}

/// Whether this is `file.rs - module::Item (line 3)`; one that was only compiled has more behind it.
fn is_example_of(ran: &str, item: &str) -> bool {
    let path = ran.strip_suffix(')').and_then(|it| it.split_once(" - ")?.1.split_once(" (line "));
    path.is_some_and(|(path, _)| is_at(path, item))
}

fn missing(mention: &Mention, what: &str, name: &str) -> Finding {
    Finding::new(&mention.place, format!("there is no {what} {name}"))
}

fn name(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// How often a test function of each name is written.
fn tests(files: &[File]) -> BTreeMap<&str, usize> {
    let mut names = BTreeMap::new();
    for file in files.iter().filter(|it| it.path.ends_with(".rs")) {
        let mut is_test = false;
        for line in file.text.lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some((_, rest)) = line.split_once("fn ") {
                if is_test {
                    *names.entry(rest.split('(').next().unwrap_or_default()).or_default() += 1;
                }
                is_test = false;
            }
        }
    }
    names
}

/// All words of the suite; its table of scenarios keeps those that are functions in use.
fn scenarios(files: &[File]) -> BTreeSet<&str> {
    let suite = files.iter().filter(|it| it.path.starts_with(SCENARIOS));
    suite.flat_map(|it| it.text.split(|it: char| !(it.is_alphanumeric() || it == '_'))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    const TABLE: &str = "| it | our test |\n|---|---|\n";

    fn repository(cell: &str) -> Vec<File> {
        let tests = "#[test]\nfn a_fact_here() {}\n#[tokio::test(start_paused = true)]\nasync fn later_it_works() {}\nfn no_test_here() {}\n";
        vec![
            file("docs/a.md", &format!("{TABLE}| x | {cell} |\n")),
            file("crates/a/tests/it/main.rs", tests),
            file("crates/interop/src/suite/otp.rs", "async fn a_fact_seen(world: &World) {}\n"),
        ]
    }

    fn whats(findings: Vec<Finding>) -> Vec<String> {
        findings.into_iter().map(|it| it.what).collect()
    }

    fn check_run_of(cell: &str, output: &str) -> Vec<String> {
        whats(check_runs(&repository(cell), &[TestRun::of(output)]))
    }

    #[test]
    fn a_test_that_nobody_wrote_is_found() {
        assert_eq!(check_names(&repository("`a_fact_here`, `it::later_it_works`")), []);
        for name in ["an_unknown_fact", "no_test_here", "a_fact_seen"] {
            let findings = whats(check_names(&repository(&format!("`{name}`"))));
            assert_eq!(findings, [format!("there is no test {name}")]);
        }
    }

    #[test]
    fn a_scenario_is_one_of_the_suite() {
        let mut files = repository("`a_fact_here`");
        let table =
            "| it | guarded by |\n|---|---|\n| x | `a_fact_seen` |\n| y | `a_fact_here` |\n";
        files.push(file("docs/b.md", table));
        assert_eq!(whats(check_names(&files)), ["there is no scenario a_fact_here"]);
    }

    #[test]
    fn a_list_that_lost_one_of_its_tables_is_found() {
        let lost = "| it | by |\n|---|---|\n| x | `a_fact_here` |\n";
        let files = [file("docs/a.md", &format!("{TABLE}| x | `a_fact_here` |\n\n{lost}"))];
        assert_eq!(check_tables(&files, &[("docs/a.md", 1)]), []);
        for (path, read) in [("docs/a.md", 1), ("docs/gone.md", 0)] {
            let findings = whats(check_tables(&files, &[(path, 2)]));
            assert_eq!(findings, [format!("names tests in {read} tables and no longer in 2")]);
        }
    }

    #[test]
    fn a_test_that_did_not_run_is_found() {
        assert!(check_run_of("`a_fact_here`", "test it::a_fact_here ... ok").is_empty());
        assert!(check_run_of("`it::a_fact_here`", "test x::it::a_fact_here ... ok").is_empty());
        for output in ["", "test such_a_fact_here ... ok", "test a_fact_here ... FAILED"] {
            assert_eq!(check_run_of("`a_fact_here`", output), ["a_fact_here did not run"]);
        }
        let elsewhere = "test other::a_fact_here ... ok";
        assert_eq!(check_run_of("`it::a_fact_here`", elsewhere), ["it::a_fact_here did not run"]);
    }

    #[test]
    fn an_ignored_test_is_found_beside_one_of_its_name_that_ran() {
        let output = "test a::a_fact_here ... ok\ntest b::a_fact_here ... ignored, slow\n";
        assert_eq!(check_run_of("`a_fact_here`", output), ["a_fact_here is ignored"]);
    }

    #[test]
    fn a_test_that_is_not_built_is_found_beside_one_of_its_name_that_ran() {
        let mut files = repository("`a_fact_here`");
        let off = "#[cfg(feature = \"off\")]\n#[test]\nfn a_fact_here() {}\n";
        files.push(file("crates/b/tests/off.rs", off));
        let runs = ["test a_fact_here ... ok"; 2].map(TestRun::of);
        let findings = whats(check_runs(&files, &runs));
        assert_eq!(findings, ["a_fact_here is written 2 times and ran 1 times"]);
    }

    #[test]
    fn an_example_is_found_by_its_item_and_must_have_run() {
        let ran = "test crates/a/src/b.rs - b::Step (line 3) ... ok";
        assert!(check_run_of("doc test of `Step`", ran).is_empty());
        let compiled = "test crates/a/src/b.rs - b::Step (line 3) - compile ... ok";
        for output in [compiled, "test b.rs - b::OtherStep (line 3) ... ok"] {
            assert_eq!(check_run_of("doc test of `Step`", output), ["Step did not run"]);
        }
    }
}
