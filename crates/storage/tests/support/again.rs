//! Starts one test of this test program again, in another process.

use std::env;
use std::process::{Command, Stdio};

/// Tells the test in the other process where the store is; without it the test does nothing.
const FOLDER: &str = "JOURNEY_TEST_FOLDER";

/// The folder to work in, if this is the other process.
pub(crate) fn folder() -> Option<String> {
    env::var(FOLDER).ok()
}

/// The arguments and the environment that let a program run one test of ours.
pub(crate) fn arguments(command: &mut Command, test: &str, folder: &str) {
    command
        .args(["--exact", "--nocapture", test])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
}
