//! A journey that could not go on because AM was not reached or not understood.

use std::{error::Error as StdError, fmt};

use crate::{error::Error, node::ContinueNode};

/// AM could not be asked, or what came back is not from AM.
///
/// Nothing is known of what AM did. The step comes back, so the same answers can be sent again; if AM
/// had taken them, it will say that the step is spent, and the journey can be started again.
pub struct FailureNode(Box<Inner>);

struct Inner {
    error: Error,
    step: Option<ContinueNode>,
}

impl FailureNode {
    pub(crate) fn new(error: Error, step: Option<ContinueNode>) -> Self {
        Self(Box::new(Inner { error, step }))
    }

    /// Returns what went wrong.
    pub fn error(&self) -> &Error {
        &self.0.error
    }

    /// Gives the step back with its answers; none when the journey had not begun.
    pub fn into_step(self) -> Option<ContinueNode> {
        self.0.step
    }

    /// Gives the error, without the step.
    pub fn into_error(self) -> Error {
        self.0.error
    }
}

/// Drops the step; for a function whose errors are this crate's own.
///
/// ```
/// use journey_sdk::{Error, Journey, Node};
///
/// async fn begin(journey: &Journey) -> Result<Node, Error> {
///     Ok(journey.start("Login").await?)
/// }
/// ```
impl From<FailureNode> for Error {
    fn from(failed: FailureNode) -> Self {
        failed.into_error()
    }
}

impl fmt::Display for FailureNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.error, f)
    }
}

impl fmt::Debug for FailureNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.error, f)
    }
}

impl StdError for FailureNode {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.error.source()
    }
}
