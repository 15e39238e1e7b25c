//! A refusal, and a second try where that is fair.

use std::{error::Error as StdError, fmt, ops::Deref};

use secrecy::SecretString;

use crate::node::{ContinueNode, FailureNode, Node};

/// AM refused and the journey is over; all that core's [`ErrorNode`](journey_core::ErrorNode) tells is here.
///
/// When the step had merely expired, the same answers can be given once more: [`try_again`](Self::try_again).
pub struct ErrorNode {
    refused: journey_core::ErrorNode,
    spent: Option<Box<ContinueNode>>,
}

impl ErrorNode {
    pub(crate) fn new(refused: journey_core::ErrorNode) -> Self {
        Self { refused, spent: None }
    }

    /// Keeps the server's words out of what is shown if they quote what was sent.
    pub(crate) fn hiding(mut self, secrets: &[SecretString]) -> Self {
        self.refused.hide_quotes(secrets);
        self
    }

    /// Keeps the step for a second try, if the refusal was not about what it said.
    pub(crate) fn with_spent(mut self, spent: ContinueNode) -> Self {
        self.spent = Some(Box::new(spent));
        self
    }

    /// Tells whether [`try_again`](Self::try_again) would ask AM.
    ///
    /// AM says that a step has expired when it waited too long, and also when it is sent again because the
    /// answer to the first time was lost. A refusal of a password is never tried again, nor is anything twice.
    pub fn can_try_again(&self) -> bool {
        self.spent.is_some()
    }

    /// Starts the journey anew and, when it begins with a step alike, gives the same answers to it, once.
    ///
    /// AM's own login page does the same. One-time codes, signatures and the like are not given twice: the new
    /// step then comes back to be answered. Without anything to try, the refusal comes back.
    ///
    /// # Errors
    /// [`FailureNode`] when AM could not be asked.
    pub async fn try_again(self) -> Result<Node, FailureNode> {
        match self.spent {
            Some(spent) => spent.answer_anew().await,
            None => Ok(Node::Error(self)),
        }
    }
}

impl Deref for ErrorNode {
    type Target = journey_core::ErrorNode;

    fn deref(&self) -> &journey_core::ErrorNode {
        &self.refused
    }
}

impl fmt::Display for ErrorNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.refused, f)
    }
}

impl fmt::Debug for ErrorNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorNode")
            .field("refused", &self.refused)
            .field("can_try_again", &self.can_try_again())
            .finish()
    }
}

impl StdError for ErrorNode {}
