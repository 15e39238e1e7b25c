//! Where documents name tests: in tables, below a heading with the word "test" or "guarded by".

use crate::tidy::Finding;
use crate::workspace::File;

/// A test that a document names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) place: String,
    pub(super) test: Named,
}

/// What is named, and where it is looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A test function, perhaps with modules before it.
    Test(String),
    /// The example in the documentation of an item.
    DocTest(String),
    /// A scenario of the suite against a real server.
    Scenario(String),
}

/// Reads what a document names, and finds cells that name nothing.
pub(super) fn mentions(file: &File) -> (Vec<Mention>, Vec<Finding>) {
    let (mut mentions, mut findings) = (Vec::new(), Vec::new());
    for (line, heading, cell) in cells(&file.text) {
        let place = format!("{}:{line}", file.path);
        match read(heading, cell) {
            Ok(tests) => mentions
                .extend(tests.into_iter().map(|test| Mention { place: place.clone(), test })),
            Err(what) => findings.push(Finding::new(place, what)),
        }
    }
    (mentions, findings)
}

/// The cells of all columns that are about tests, with their line and the column's kind.
fn cells(text: &str) -> Vec<(usize, Heading, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut columns: Vec<Option<Heading>> = Vec::new();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(row) = line.strip_prefix('|') else { continue };
        if lines.get(index + 1).is_some_and(|it| it.starts_with("|-")) {
            columns = row.split('|').map(Heading::of).collect();
        } else if !row.starts_with('-') {
            let cells = columns.iter().zip(row.split('|'));
            found.extend(cells.filter_map(|(it, cell)| Some((index + 1, (*it)?, cell.trim()))));
        }
    }
    found
}

#[derive(Debug, Clone, Copy)]
enum Heading {
    Tests,
    Scenarios,
}

impl Heading {
    fn of(text: &str) -> Option<Self> {
        if text.trim() == "guarded by" {
            return Some(Self::Scenarios);
        }
        text.split(|it: char| !it.is_alphanumeric()).any(|it| it == "test").then_some(Self::Tests)
    }
}

/// Reads a cell: names in back quotes, or after the word "none" the reason why there is no test.
fn read(heading: Heading, cell: &str) -> Result<Vec<Named>, String> {
    let excused = cell.starts_with("none");
    let mut tests = Vec::new();
    let pieces: Vec<&str> = cell.split('`').collect();
    for pair in pieces.chunks_exact(2) {
        let &[before, word] = pair else { continue };
        let name = word.replace('-', "_");
        if before.ends_with("doc test of ") {
            tests.push(Named::DocTest(word.to_owned()));
        } else if is_name(&name) {
            tests.push(match heading {
                Heading::Tests => Named::Test(name),
                Heading::Scenarios => Named::Scenario(name),
            });
        } else if !excused {
            return Err(format!("{word} is no name of a test"));
        }
    }
    if tests.is_empty() && !excused {
        return Err("names no test, and no reason after the word \"none\"".to_owned());
    }
    Ok(tests)
}

/// Whether this is a sentence in snake case, which no other name is here.
fn is_name(word: &str) -> bool {
    let letters = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "_:".contains(it);
    word.matches('_').count() > 1 && word.chars().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn named(heading: &str, cell: &str) -> (Vec<Named>, usize) {
        let text = format!("| what | {heading} |\n|---|---|\n| `not_looked_at` | {cell} |\n");
        let (mentions, findings) = mentions(&file("docs/a.md", &text));
        assert!(mentions.iter().all(|it| it.place == "docs/a.md:3"));
        (mentions.into_iter().map(|it| it.test).collect(), findings.len())
    }

    fn test(name: &str) -> Named {
        Named::Test(name.to_owned())
    }

    #[test]
    fn every_name_of_a_cell_is_read() {
        let cell = "`a_test_here`, `life::another_test_there`; `oidcc-client-test`";
        let all = ["a_test_here", "life::another_test_there", "oidcc_client_test"].map(test);
        assert_eq!(named("our test, with words", cell), (all.into(), 0));
    }

    #[test]
    fn examples_and_scenarios_are_told_apart() {
        let example = vec![Named::DocTest("Step".into()), test("and_a_test")];
        assert_eq!(named("test", "doc test of `Step`, `and_a_test`"), (example, 0));
        let scenario = vec![Named::Scenario("a_fact_seen".into())];
        assert_eq!(named("guarded by", "`a_fact_seen`"), (scenario, 0));
    }

    #[test]
    fn a_row_without_a_test_needs_a_reason() {
        assert_eq!(named("our test", "a unit test of the registry"), (vec![], 1));
        assert_eq!(named("our test", ""), (vec![], 1));
        assert_eq!(named("our test", "none: `Step::page` has it"), (vec![], 0));
        assert_eq!(
            named("our test", "none: it is data, `a_fact_here`"),
            (vec![test("a_fact_here")], 0)
        );
    }

    #[test]
    fn what_stands_where_a_test_should_is_found() {
        assert_eq!(named("our test", "`a_fact_here`, `Step::page`"), (vec![], 1));
    }

    #[test]
    fn other_columns_and_other_tables_name_no_tests() {
        assert_eq!(named("tests", "`Step::page`"), (vec![], 0));
        let text = "| test |\n|---|\n| `a_fact_here` |\n\n| x |\n|---|\n| `another_fact_here` |\n";
        assert_eq!(mentions(&file("a.md", text)).0.len(), 1);
    }
}
