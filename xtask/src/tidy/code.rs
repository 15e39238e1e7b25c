//! The part of a source file that ships: no tests, no comments.

use crate::workspace::File;

/// The Rust files below `crates/` that are not tests, examples or benches.
pub(super) fn sources(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|it| it.path.starts_with("crates/") && is_source(&it.path))
}

/// Whether a path is Rust code that is no test.
pub(super) fn is_source(path: &str) -> bool {
    let inside = |folder: &&str| path.split('/').any(|it| it == *folder);
    path.ends_with(".rs")
        && !path.ends_with("/tests.rs")
        && !["tests", "benches", "fuzz"].iter().any(inside)
}

/// The lines before the module with the tests, counted from 1.
pub(super) fn shipped(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let end = (0..lines.len()).find(|it| starts_tests(&lines[*it..])).unwrap_or(lines.len());
    lines.into_iter().take(end).enumerate().map(|(index, line)| (index + 1, line))
}

/// The shipped lines without comments.
pub(super) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    shipped(text).map(|(number, line)| (number, without_comment(line)))
}

/// The name of the crate's folder: `storage` of `crates/storage/src/lib.rs`.
pub(super) fn crate_folder(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// `#[cfg(test)]` and, past other attributes, a module with a body.
fn starts_tests(lines: &[&str]) -> bool {
    let [first, rest @ ..] = lines else { return false };
    let item = rest.iter().map(|it| it.trim()).find(|it| !it.starts_with("#["));
    first.trim() == "#[cfg(test)]"
        && item.is_some_and(|it| it.starts_with("mod ") && it.ends_with('{'))
}

fn without_comment(line: &str) -> &str {
    let start = line.match_indices("//").map(|(at, _)| at).find(|at| {
        let before = &line[..*at];
        // `//` inside a text, such as a URL, has a letter, a colon or a quote before it.
        before.is_empty() || before.ends_with(char::is_whitespace)
    });
    start.map_or(line, |at| &line[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_comments_do_not_ship() {
        let text = "use a; // why\nlet url = \"http://b\";\n#[cfg(test)]\nmod tests {\n    c\n}\n";
        let lines: Vec<_> = code(text).collect();
        assert_eq!(lines, [(1, "use a; "), (2, "let url = \"http://b\";")]);
    }

    #[test]
    fn a_single_test_item_does_not_hide_the_rest_of_the_file() {
        let text = "#[cfg(test)]\nuse a;\nfn shipped() {}\n";
        assert_eq!(code(text).count(), 3);
    }
}
