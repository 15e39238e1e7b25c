//! The three things an answer can mean.

use crate::node::{ErrorNode, Step, Success};

/// Says what an answer of AM means for the journey.
#[derive(Debug)]
pub enum Outcome {
    /// More is asked.
    Continue(Step),
    /// AM refused; this journey is over.
    Error(ErrorNode),
    /// The user has signed in.
    Success(Success),
}
