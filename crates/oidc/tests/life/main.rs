//! The life of tokens against the simulated AM: what a user of the crate may rely on.
#![expect(clippy::unwrap_used, reason = "a set-up that fails fails its test")]

mod authorize;
mod back_from_the_dead;
mod client_auth;
mod clocks;
mod conformance;
mod demands;
mod dropped;
mod end_session;
mod failure;
mod first;
mod leaks;
mod lost_code;
mod one_refresh;
mod outages;
mod refreshed;
mod revocation;
mod scopes;
mod sign_out;
mod staged;
mod untaken;
mod user_info;
#[expect(dead_code, reason = "no test looks at all of a call")]
#[path = "../../../testkit/tests/shared/watched.rs"]
mod watched;
mod world;
