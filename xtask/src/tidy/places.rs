//! The repository says nothing about the machines on which it is written.

use crate::tidy::{Finding, code};
use crate::workspace::File;

/// Where paths of one machine begin. Written in two parts: this file is looked at too.
const EVERYWHERE: &[&str] = &[concat!("/", "work/"), concat!("/", "root/"), concat!("/", "Users/")];
const OUTSIDE_TESTS: &[&str] = &[concat!("/", "tmp/")];

/// Finds absolute paths of somebody's machine.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    files.iter().flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let rust = file.path.ends_with(".rs");
    let is_test = rust && !code::is_source(&file.path);
    let shipped = if rust { code::shipped(&file.text).count() } else { usize::MAX };
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let tested = is_test || index >= shipped;
        let places = EVERYWHERE.iter().chain(if tested { &[] } else { OUTSIDE_TESTS });
        for place in places.filter(|it| names(line, it)) {
            findings.push(Finding::at(&file.path, index + 1, format!("names {place}")));
        }
    }
    findings
}

/// Whether the line has an absolute path there, and not a piece of a longer one.
fn names(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|it| !(it.is_alphanumeric() || "-_.~}/*".contains(it)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    const HOME: &str = concat!("let home = \"/", "root/.config\";\n");
    const SCRATCH: &str = concat!("see /", "tmp/x\n");

    #[test]
    fn a_path_of_this_machine_is_found_anywhere() {
        assert_eq!(check(&[file("crates/a/tests/b.rs", HOME)]).len(), 1);
        assert_eq!(check(&[file("docs/a.md", HOME)]).len(), 1);
    }

    #[test]
    fn the_temporary_folder_is_named_in_tests_only() {
        assert_eq!(check(&[file("README.md", SCRATCH)]).len(), 1);
        assert_eq!(check(&[file("crates/a/tests/b.rs", SCRATCH)]), []);
        let inside = format!("#[cfg(test)]\nmod tests {{\n{SCRATCH}}}\n");
        assert_eq!(check(&[file("crates/a/src/lib.rs", &inside)]), []);
    }

    #[test]
    fn a_piece_of_a_longer_path_is_no_machine() {
        assert_eq!(
            check(&[file("a.md", concat!("target/", "work", "/x and realms/", "root", "/y"))]),
            []
        );
    }
}
