//! A library knows nothing of the process it runs in: only the cli reads the environment.

use crate::tidy::{Finding, code};
use crate::workspace::File;

const READS: &[&str] = &["std::env", "env::var", "env::temp_dir", "option_env!", "use std::{env"];
const PROGRAMS: &[&str] = &["cli", "interop"];

/// Where it is right, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("crates/journey-transport/src/builder/network.rs", "`proxy_from_environment`, when asked for"),
    ("crates/testkit/src/conformance/storage/processes.rs", "a test talks to its own child"),
];

/// Finds libraries that read the environment.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let libraries = code::sources(files).filter(|it| {
        let excepted = EXCEPTIONS.iter().any(|(path, _)| *path == it.path);
        !excepted && !PROGRAMS.contains(&code::crate_folder(&it.path))
    });
    libraries
        .flat_map(|it| code::code(&it.text).map(move |(number, line)| (it, number, line)))
        .filter(|(_, _, line)| READS.iter().any(|it| line.contains(it)))
        .map(|(file, number, _)| Finding::at(&file.path, number, "reads the environment"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn a_library_that_reads_the_environment_is_found() {
        let text = "fn a() { std::env::var(\"PROXY\"); }";
        assert_eq!(check(&[file("crates/oidc/src/a.rs", text)]).len(), 1);
        assert_eq!(check(&[file("crates/cli/src/a.rs", text)]), []);
        assert_eq!(check(&[file("crates/oidc/tests/a.rs", text)]), []);
    }

    #[test]
    fn what_the_compiler_reads_is_no_environment() {
        let text = "const VERSION: &str = env!(\"CARGO_PKG_VERSION\");";
        assert_eq!(check(&[file("crates/oidc/src/a.rs", text)]), []);
    }
}
