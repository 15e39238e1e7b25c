//! The scenarios: each a fact with a name, proved by the SDK's public interface.
#![expect(
    clippy::panic,
    reason = "a scenario is a test: it fails by a panic, and ends there alone"
)]

mod authorize;
mod command;
mod confidential;
mod forms;
mod journeys;
mod nodes;
mod otp;
mod refusals;
mod renewals;
mod restart;
mod scenario;
mod server_view;
mod sessions;
mod sign_out;
mod tokens;
mod totp;
mod trust;
mod upgrade;
mod wire;
mod world;

pub(crate) use nodes::fill_in;
pub(crate) use restart::{RESTART, restart};
pub(crate) use scenario::{Chapter, Outcome, Pace, Scenario, run_all};
pub(crate) use wire::Secrets;
pub(crate) use world::{Person, World, app};

/// Everything that is tried, in the order of the report.
pub(crate) const CHAPTERS: &[Chapter] = &[
    journeys::CHAPTER,
    refusals::CHAPTER,
    forms::CHAPTER,
    totp::CHAPTER,
    sessions::CHAPTER,
    upgrade::CHAPTER,
    trust::CHAPTER,
    tokens::CHAPTER,
    authorize::CHAPTER,
    renewals::CHAPTER,
    confidential::CHAPTER,
    sign_out::CHAPTER,
    command::CHAPTER,
];
