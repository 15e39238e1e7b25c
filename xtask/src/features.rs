//! Each crate with no feature, each feature alone, and all of them.

use crate::parts::{self, cargo};
use crate::workspace::{Package, packages};

/// Lints every combination with warnings denied.
///
/// Clippy instead of `cargo check`: it denies warnings in our own crates only, so that the
/// dependencies are not built again for another set of compiler flags.
pub(crate) fn run() -> Result<(), String> {
    for package in packages()? {
        for selection in selections(&package) {
            let mut arguments = vec!["clippy", "--locked", "--quiet", "-p", &package.name];
            arguments.extend(selection.iter().map(String::as_str));
            arguments.extend(["--", "-D", "warnings"]);
            parts::run(&mut cargo(&arguments))?;
        }
    }
    Ok(())
}

fn selections(package: &Package) -> Vec<Vec<String>> {
    let none = || vec!["--no-default-features".to_owned()];
    let alone = package.features.iter().filter(|it| *it != "default").map(|it| {
        let mut selection = none();
        selection.extend(["--features".to_owned(), it.clone()]);
        selection
    });
    let mut selections = vec![none()];
    selections.extend(alone);
    if selections.len() > 2 {
        selections.push(vec!["--all-features".to_owned()]);
    }
    selections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(features: &[&str], expected: &[&str]) {
        let package = Package {
            features: features.iter().map(|it| (*it).to_owned()).collect(),
            ..Package::default()
        };
        let lines: Vec<String> = selections(&package).iter().map(|it| it.join(" ")).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_crate_without_features_is_looked_at_once() {
        check(&[], &["--no-default-features"]);
    }

    #[test]
    fn each_feature_stands_alone_and_then_all_together() {
        check(
            &["default", "file", "oidc"],
            &[
                "--no-default-features",
                "--no-default-features --features file",
                "--no-default-features --features oidc",
                "--all-features",
            ],
        );
    }
}
