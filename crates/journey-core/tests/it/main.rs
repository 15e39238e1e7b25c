//! The tests of the public API, in one program so that they share what they need.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::needless_pass_by_value,
    clippy::semicolon_if_nothing_returned,
    reason = "tables of values and one-line closures read better so"
)]

mod answers;
mod helpers;
mod metadata;
mod own_types;
mod page;
mod policies;
mod properties;
mod quirks;
mod recovery;
mod resume;
mod samples;
mod start;
mod state;
mod support;
