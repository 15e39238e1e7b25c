//! Drives the simulated AM with raw requests.

mod authorize;
mod callbacks;
mod faults;
mod journeys;
mod provider;
mod sessions;
mod support;
mod tokens;
mod whole_story;
