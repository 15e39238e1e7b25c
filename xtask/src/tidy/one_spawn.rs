//! Tasks of our own carry a credential home, and only `detach.rs` starts them.

use crate::tidy::{Finding, code};
use crate::workspace::File;

const SPAWNS: &[&str] = &[
    "tokio::spawn",
    "task::spawn",
    "Handle::spawn",
    ".spawn(",
    ".spawn_on(",
    "spawn_local",
    "thread::spawn",
];
const BLOCKING: &str = "spawn_blocking";
const HOME: &str = "crates/journey-transport/src/detach.rs";
/// Files and SQLite have no other way than to block a thread.
const BLOCKING_HOMES: &[&str] = &["crates/storage/src/file/", "crates/storage-sqlite/src/"];
/// A call into the system's keyring may never return; only a thread that nobody waits for can make it.
const THREAD_HOME: &str = "crates/storage-keyring/src/";
/// The simulator is a server, with a task for each connection; so is the hostile road of the interop suite.
const SERVERS: &[&str] = &["testkit", "interop"];

/// Finds tasks and threads that are started elsewhere.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let sources =
        code::sources(files).filter(|it| !SERVERS.contains(&code::crate_folder(&it.path)));
    sources.flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let may_block = BLOCKING_HOMES.iter().any(|it| file.path.starts_with(it));
    let may_spawn = file.path == HOME || file.path.starts_with(THREAD_HOME);
    let mut findings = Vec::new();
    for (number, line) in code::code(&file.text) {
        if line.contains(BLOCKING) && !may_block {
            findings.push(Finding::at(
                &file.path,
                number,
                "blocks a thread; only file and SQLite stores do",
            ));
        }
        let spawns = SPAWNS.iter().any(|it| line.contains(it)) && !line.contains(BLOCKING);
        if spawns && !may_spawn {
            findings.push(Finding::at(&file.path, number, "starts a task; only detach.rs does"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn found(path: &str, text: &str) -> usize {
        check(&[file(path, text)]).len()
    }

    #[test]
    fn a_second_place_that_spawns_is_found() {
        for text in ["tokio::spawn(x);", "let it = handle.spawn(x);", "std::thread::spawn(x);"] {
            assert_eq!(found("crates/oidc/src/cache.rs", text), 1, "{text}");
            assert_eq!(found(HOME, text), 0, "{text}");
        }
    }

    #[test]
    fn blocking_work_outside_the_file_store_is_found() {
        assert_eq!(found("crates/journey-sdk/src/a.rs", "tokio::task::spawn_blocking(x)"), 1);
        assert_eq!(found("crates/storage/src/file/mod.rs", "handle.spawn_blocking(x)"), 0);
    }

    #[test]
    fn comments_and_tests_may_speak_of_it() {
        assert_eq!(found("crates/oidc/src/a.rs", "/// never tokio::spawn\n"), 0);
        assert_eq!(found("crates/oidc/tests/a.rs", "tokio::spawn(x)"), 0);
    }
}
