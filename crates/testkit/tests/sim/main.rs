//! Drives the simulated AM with raw requests.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

mod authorize;
mod callbacks;
mod certificates;
mod client_auth;
mod faults;
mod journeys;
mod provider;
mod sessions;
mod support;
mod tokens;
mod whole_story;
