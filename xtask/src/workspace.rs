//! What the workspace consists of: its root, tracked files and packages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::parts::{cargo, output};

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// A file under version control: its path from the root, and its text.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Reads every tracked (or new and not ignored) text file that still exists.
pub(crate) fn files() -> Result<Vec<File>, String> {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut files = Vec::new();
    for path in output(&mut list)?.split('\0').filter(|it| !it.is_empty()) {
        let Ok(bytes) = std::fs::read(root().join(path)) else { continue };
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

/// A package of ours, as `cargo metadata` describes it.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Whether it goes to the registry.
    pub(crate) published: bool,
    pub(crate) features: BTreeSet<String>,
    /// Dependencies on other packages of ours.
    pub(crate) ours: Vec<Dependency>,
}

/// One line of a `[dependencies]` table.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) dev: bool,
    pub(crate) optional: bool,
    pub(crate) requirement: String,
}

/// Asks cargo for the packages of the workspace.
pub(crate) fn packages() -> Result<Vec<Package>, String> {
    let text = output(&mut cargo(&["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata = serde_json::from_str(&text)
        .map_err(|error| format!("could not read cargo's metadata: {error}"))?;
    Ok(read_packages(&metadata))
}

fn read_packages(metadata: &Value) -> Vec<Package> {
    let packages = list(&metadata["packages"]);
    let names: BTreeSet<&str> = packages.iter().map(|it| string(&it["name"])).collect();
    let read = |package: &Value| Package {
        name: string(&package["name"]).to_owned(),
        published: package["publish"].is_null(),
        features: package["features"]
            .as_object()
            .map(|it| it.keys().cloned().collect())
            .unwrap_or_default(),
        ours: list(&package["dependencies"])
            .iter()
            .filter(|it| names.contains(string(&it["name"])))
            .map(|it| Dependency {
                name: string(&it["name"]).to_owned(),
                dev: it["kind"] == "dev",
                optional: it["optional"] == true,
                requirement: string(&it["req"]).to_owned(),
            })
            .collect(),
    };
    packages.iter().map(read).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dependencies_on_our_own_packages_are_kept() {
        let metadata = serde_json::json!({"packages": [
            {"name": "a", "features": {"x": []}, "dependencies": [
                {"name": "b", "kind": "dev", "optional": false, "req": "*"},
                {"name": "serde", "kind": null, "optional": false, "req": "^1"},
            ]},
            {"name": "b", "features": {}, "dependencies": []},
        ]});
        let packages = read_packages(&metadata);
        assert_eq!(packages[0].ours.len(), 1);
        assert!(packages[0].ours[0].dev);
        assert!(packages[0].features.contains("x"));
    }

    #[test]
    fn this_workspace_knows_its_own_packages() {
        let names: Vec<String> = packages().unwrap().into_iter().map(|it| it.name).collect();
        assert!(names.contains(&"journey-core".to_owned()), "{names:?}");
    }
}
