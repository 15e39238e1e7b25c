//! Programs to learn from. Each takes the journey as an argument, so that the tests run the very same code
//! against the simulated AM.

pub mod back_end;
pub mod manage_session;
pub mod own_parts;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
