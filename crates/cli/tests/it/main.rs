//! The real binary, run as a user runs it.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod commands;
mod later_runs;
mod login;
mod support;
