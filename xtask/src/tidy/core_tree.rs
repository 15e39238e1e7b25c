//! journey-core does no I/O and stays small, whatever its dependencies do.

use std::collections::BTreeSet;

use crate::parts::{cargo, output};
use crate::tidy::Finding;

const CORE: &str = "journey-core";
const FEWER_THAN: usize = 25;
const FORBIDDEN: &[&str] = &["tokio", "hyper", "tower", "mio", "socket2"];

/// Asks cargo for the tree and judges it.
pub(super) fn check() -> Result<Vec<Finding>, String> {
    let arguments = ["tree", "--locked", "-p", CORE, "-e", "normal", "--prefix", "none"];
    Ok(judge(&output(&mut cargo(&arguments))?))
}

fn judge(tree: &str) -> Vec<Finding> {
    let names: BTreeSet<&str> = tree.lines().filter_map(|it| it.split(' ').next()).collect();
    let forbidden = names.iter().filter(|name| {
        FORBIDDEN.iter().any(|it| *name == it || name.starts_with(&format!("{it}-")))
    });
    let mut findings: Vec<Finding> =
        forbidden.map(|it| Finding::new(CORE, format!("has {it} in its tree"))).collect();
    if names.len() >= FEWER_THAN {
        let what = format!("{} crates in its tree, fewer than {FEWER_THAN} wanted", names.len());
        findings.push(Finding::new(CORE, what));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_in_the_tree_is_found() {
        assert_eq!(
            judge("journey-core v0.1.0\nhttp v1.4.0\ntokio v1.48.0\ntower-layer v0.3\n").len(),
            2
        );
        assert_eq!(judge("journey-core v0.1.0\nhttp v1.4.0\nhttp v1.4.0 (*)\n"), []);
    }

    #[test]
    fn a_tree_that_has_grown_is_found() {
        let tree: String = (0..25).map(|it| format!("crate{it} v1.0.0\n")).collect();
        assert_eq!(judge(&tree).len(), 1);
    }
}
