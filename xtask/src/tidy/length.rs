//! A file has one subject: 400 lines are the end, its tests not counted.

use crate::tidy::{Finding, code};
use crate::workspace::File;

const MOST: usize = 400;

/// Finds the source files that are too long.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let sources = files.iter().filter(|it| code::is_source(&it.path));
    sources
        .map(|it| (it, code::shipped(&it.text).count()))
        .filter(|(_, lines)| *lines > MOST)
        .map(|(it, lines)| Finding::new(&it.path, format!("{lines} lines, {MOST} at most")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn a_long_file_is_found() {
        let found = check(&[file("crates/a/src/lib.rs", &"x\n".repeat(401))]);
        assert_eq!(found, [Finding::new("crates/a/src/lib.rs", "401 lines, 400 at most")]);
    }

    #[test]
    fn its_tests_are_not_counted() {
        let text =
            format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(400), "y\n".repeat(99));
        assert_eq!(check(&[file("crates/a/src/lib.rs", &text)]), []);
        assert_eq!(check(&[file("crates/a/tests/b.rs", &"x\n".repeat(999))]), []);
    }
}
