//! Where documents name tests: in tables, below a heading with the word "test", "tests" or "guarded by".

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

/// What was read of a document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) mentions: Vec<Mention>,
    /// Cells that name nothing.
    pub(super) findings: Vec<Finding>,
    /// How many tables have rows with a cell about tests.
    pub(super) tables: usize,
}

/// Reads what a document names, and finds cells that name nothing.
pub(super) fn mentions(file: &File) -> Document {
    let mut document = Document::default();
    let mut last_table = None;
    for Cell { table, line, heading, text } in cells(&file.text) {
        let place = format!("{}:{line}", file.path);
        match read(heading, text) {
            Ok(tests) => document
                .mentions
                .extend(tests.into_iter().map(|test| Mention { place: place.clone(), test })),
            Err(what) => document.findings.push(Finding::new(place, what)),
        }
        document.tables += usize::from(last_table.replace(table) != Some(table));
    }
    document
}

/// A cell of a column that is about tests.
struct Cell<'a> {
    /// The line of the table's headings.
    table: usize,
    line: usize,
    heading: Heading,
    text: &'a str,
}

/// The cells of all columns that are about tests.
fn cells(text: &str) -> Vec<Cell<'_>> {
    let mut lines = text.lines().zip(1..).peekable();
    let mut found = Vec::new();
    while let Some((line, table)) = lines.next() {
        let Some(headings) = row(line) else { continue };
        if lines.next_if(|(it, _)| is_separator(it)).is_none() {
            continue;
        }
        let columns: Vec<_> = headings.into_iter().map(Heading::of).collect();
        // What is no row ends the table.
        while let Some((texts, line)) = lines.peek().and_then(|&(it, at)| Some((row(it)?, at))) {
            lines.next();
            found.extend(columns.iter().enumerate().filter_map(|(column, heading)| {
                // A row that is too short has empty cells.
                let text = texts.get(column).copied().unwrap_or_default();
                Some(Cell { table, line, heading: (*heading)?, text })
            }));
        }
    }
    found
}

/// The cells of a table's row, if it is one. A vertical bar behind a backslash is text.
fn row(line: &str) -> Option<Vec<&str>> {
    let line = line.trim().strip_prefix('|')?;
    let mut cells = Vec::new();
    let mut start = 0;
    for (at, _) in line.match_indices('|').filter(|(at, _)| !line[..*at].ends_with('\\')) {
        cells.push(line[start..at].trim());
        start = at + 1;
    }
    if start < line.len() {
        cells.push(line[start..].trim());
    }
    Some(cells)
}

/// Whether this is the line between a table's headings and its rows.
fn is_separator(line: &str) -> bool {
    let is_rule = |cell: &str| {
        let dashes = cell.strip_prefix(':').unwrap_or(cell);
        let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
        !dashes.is_empty() && dashes.chars().all(|it| it == '-')
    };
    row(line).is_some_and(|cells| !cells.is_empty() && cells.into_iter().all(is_rule))
}

#[derive(Debug, Clone, Copy)]
enum Heading {
    Tests,
    Scenarios,
}

impl Heading {
    fn of(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        if text == "guarded by" {
            return Some(Self::Scenarios);
        }
        let mut words = text.split(|it: char| !it.is_alphanumeric());
        words.any(|it| it == "test" || it == "tests").then_some(Self::Tests)
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
        let Document { mentions, findings, .. } = mentions(&file("docs/a.md", &text));
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
        assert_eq!(named("contested", "`Step::page`"), (vec![], 0));
        let text = "| test |\n|---|\n| `a_fact_here` |\n\n| x |\n|---|\n| `another_fact_here` |\n";
        let document = mentions(&file("a.md", text));
        assert_eq!((document.mentions.len(), document.tables), (1, 1));
    }

    #[test]
    fn a_table_ends_where_its_rows_do() {
        let text = "| test |\n|---|\n| `a_fact_here` |\ntext\n| `another_fact_here` |\n";
        let document = mentions(&file("a.md", text));
        assert_eq!((document.mentions.len(), document.findings.len()), (1, 0));
    }

    #[test]
    fn a_table_is_read_however_its_headings_and_its_rule_are_written() {
        for heading in ["test", "tests", "Our Tests", "Guarded by", "what, and its test"] {
            assert_eq!(named(heading, "Step::page"), (vec![], 1), "{heading}");
        }
        for rule in ["|-|-|", "| --- | --- |", "|:--|--:|", "| :-: |---", "  |---|---|  "] {
            let text = format!("| it | test |\n{rule}\n| x | `a_fact_here` |\n| y |\n");
            let document = mentions(&file("a.md", &text));
            let Document { mentions, findings, tables } = document;
            assert_eq!((mentions.len(), findings.len(), tables), (1, 1, 1), "{rule}");
        }
        for no_rule in ["", "|", "| - x | - |", "| x | `a_fact_here` |", "|:|:|"] {
            let text = format!("| it | test |\n{no_rule}\n| x | `a_fact_here` |\n");
            assert_eq!(mentions(&file("a.md", &text)).tables, 0, "{no_rule}");
        }
    }

    #[test]
    fn a_bar_that_is_text_starts_no_column() {
        let text = "| it | test |\n|---|---|\n| `a \\| b` | `a_fact_here` |\n";
        assert_eq!(mentions(&file("a.md", text)).mentions.len(), 1);
    }
}
