//! Which crate may depend on which, as `docs/architecture.md` draws it.

use crate::tidy::{Finding, code};
use crate::workspace::{Dependency, File, Package};

const LEAVES: &[&str] = &["journey-core", "journey-storage", "journey-transport"];
const OIDC: &str = "journey-oidc";
const TESTKIT: &str = "journey-testkit";

/// A crate and what it may use of ours. `?` marks what has to be optional.
const ARROWS: &[(&str, &[&str])] = &[
    ("journey-core", &[]),
    ("journey-transport", &[]),
    ("journey-storage", &[]),
    ("journey-oidc", LEAVES),
    ("journey-sdk", &["journey-core", "journey-storage", "journey-transport", "journey-oidc?"]),
    ("journey-testkit", LEAVES),
    ("journey-storage-keyring", &["journey-storage"]),
    ("journey-storage-redis", &["journey-storage"]),
    ("journey-storage-sqlite", &["journey-storage"]),
    ("journey-cli", &["journey-sdk", "journey-testkit?"]),
    ("journey-examples", &["journey-sdk"]),
    ("journey-interop", &["journey-sdk"]),
    ("journey-oracle", &["journey-core", "journey-oidc", "journey-storage", "journey-transport"]),
    ("xtask", &[]),
];

/// Finds arrows that are not drawn.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    packages.iter().flat_map(check_package).collect()
}

/// Finds crates below the facade whose code or manifest names the OIDC module.
pub(super) fn check_names(files: &[File]) -> Vec<Finding> {
    let below = files.iter().filter(|it| {
        let folder = code::crate_folder(&it.path);
        let shown = code::is_source(&it.path) || it.path.ends_with("/Cargo.toml");
        it.path.starts_with("crates/")
            && shown
            && !["oidc", "oracle", "journey-sdk", "cli"].contains(&folder)
    });
    below
        .flat_map(|it| code::code(&it.text).map(move |(number, line)| (it, number, line)))
        .filter(|(_, _, line)| line.contains("journey_oidc") || line.contains("journey-oidc"))
        .map(|(file, number, _)| Finding::at(&file.path, number, "names the OIDC module"))
        .collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
        return vec![Finding::new(
            &package.name,
            "is not in the table of xtask/src/tidy/arrows.rs",
        )];
    };
    package
        .ours
        .iter()
        .filter_map(|it| Some(Finding::new(&package.name, wrong(package, it, allowed)?)))
        .collect()
}

fn wrong(package: &Package, dependency: &Dependency, allowed: &[&str]) -> Option<String> {
    let name = &dependency.name;
    if dependency.dev {
        return wrong_in_tests(package, dependency);
    }
    if allowed.contains(&name.as_str()) {
        return None;
    }
    if !allowed.contains(&format!("{name}?").as_str()) {
        return Some(format!("may not depend on {name}"));
    }
    (!dependency.optional).then(|| format!("must keep {name} optional"))
}

/// Tests may use the testkit, by path alone: a version would make each release wait for the other.
fn wrong_in_tests(package: &Package, dependency: &Dependency) -> Option<String> {
    let Dependency { name, requirement, .. } = dependency;
    if name == OIDC {
        return Some(format!("may not test with {name}"));
    }
    (package.published && name == TESTKIT && requirement != "*")
        .then(|| format!("asks for {name} {requirement} in its tests; by path alone, please"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn dependency(name: &str) -> Dependency {
        Dependency { name: name.into(), dev: false, optional: false, requirement: "^0.1".into() }
    }

    fn found(package: &str, dependency: Dependency) -> Vec<String> {
        let ours = vec![dependency];
        let package = Package { name: package.into(), published: true, ours, ..Package::default() };
        check(&[package]).into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_found() {
        assert_eq!(
            found("journey-storage", dependency("journey-core")),
            ["may not depend on journey-core"]
        );
        assert_eq!(found("journey-oidc", dependency("journey-core")), [""; 0]);
    }

    #[test]
    fn a_module_that_is_always_there_is_found() {
        assert_eq!(
            found("journey-sdk", dependency("journey-oidc")),
            ["must keep journey-oidc optional"]
        );
        let optional = Dependency { optional: true, ..dependency("journey-oidc") };
        assert_eq!(found("journey-sdk", optional), [""; 0]);
    }

    #[test]
    fn a_test_that_needs_a_released_testkit_is_found() {
        let dev = Dependency { dev: true, ..dependency(TESTKIT) };
        assert_eq!(found("journey-core", dev.clone()).len(), 1);
        let by_path = Dependency { requirement: "*".into(), ..dev };
        assert_eq!(found("journey-core", by_path), [""; 0]);
    }

    #[test]
    fn a_crate_nobody_has_drawn_is_found() {
        assert_eq!(check(&[Package { name: "journey-new".into(), ..Package::default() }]).len(), 1);
    }

    #[test]
    fn a_leaf_that_names_the_module_is_found() {
        let text = "use journey_oidc::OidcClient;";
        assert_eq!(check_names(&[file("crates/journey-core/src/a.rs", text)]).len(), 1);
        assert_eq!(check_names(&[file("crates/journey-sdk/src/a.rs", text)]), []);
        assert_eq!(
            check_names(&[file("crates/journey-core/src/a.rs", "// like journey_oidc")]),
            []
        );
    }
}
