//! Each crate can be released by itself: README, changelog, version.

use std::collections::BTreeSet;

use crate::tidy::{Finding, code};
use crate::workspace::File;

/// Finds crates that lack a file or a line of their manifest.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let paths: BTreeSet<&str> = files.iter().map(|it| it.path.as_str()).collect();
    let manifests = files.iter().filter(|it| is_manifest(&it.path));
    manifests.flat_map(|it| check_crate(it, &paths)).collect()
}

fn check_crate(manifest: &File, paths: &BTreeSet<&str>) -> Vec<Finding> {
    let folder = code::crate_folder(&manifest.path);
    let mut findings = Vec::new();
    for name in ["README.md", "CHANGELOG.md"] {
        if !paths.contains(format!("crates/{folder}/{name}").as_str()) {
            findings.push(Finding::new(format!("crates/{folder}"), format!("has no {name}")));
        }
    }
    for (start, what) in [
        ("version = \"", "has no version of its own"),
        ("description = \"", "has no description"),
        ("readme = \"README.md\"", "does not publish its README"),
    ] {
        if !manifest.text.lines().any(|it| it.starts_with(start)) {
            findings.push(Finding::new(&manifest.path, what));
        }
    }
    if !manifest.text.contains("[lints]\nworkspace = true") {
        findings.push(Finding::new(&manifest.path, "does not take the workspace's lints"));
    }
    findings
}

fn is_manifest(path: &str) -> bool {
    path.starts_with("crates/") && path.split('/').count() == 3 && path.ends_with("/Cargo.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    const GOOD: &str = "version = \"0.1.0\"\ndescription = \"d\"\nreadme = \"README.md\"\n[lints]\nworkspace = true\n";

    fn found(manifest: &str, others: &[&str]) -> usize {
        let mut files = vec![file("crates/a/Cargo.toml", manifest)];
        files.extend(others.iter().map(|it| file(it, "")));
        check(&files).len()
    }

    #[test]
    fn a_whole_crate_is_fine() {
        assert_eq!(found(GOOD, &["crates/a/README.md", "crates/a/CHANGELOG.md"]), 0);
    }

    #[test]
    fn each_missing_piece_is_found() {
        assert_eq!(found(GOOD, &["crates/a/README.md"]), 1);
        assert_eq!(found(GOOD, &["crates/a/CHANGELOG.md"]), 1);
        let shared = GOOD.replace("version = \"0.1.0\"", "version.workspace = true");
        assert_eq!(found(&shared, &["crates/a/README.md", "crates/a/CHANGELOG.md"]), 1);
        assert_eq!(found("", &["crates/a/README.md", "crates/a/CHANGELOG.md"]), 4);
    }
}
