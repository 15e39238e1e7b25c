//! What a journey answers the program.

mod continue_node;
mod error;
mod failure;
mod success;

pub use continue_node::ContinueNode;
pub use error::ErrorNode;
pub use failure::FailureNode;
pub use success::SuccessNode;

/// Says where a journey stands.
#[derive(Debug)]
pub enum Node {
    /// More is asked: answer the callbacks and call [`ContinueNode::next`].
    Continue(ContinueNode),
    /// AM refused, and the journey is over: a wrong password, for example. Start again.
    Error(ErrorNode),
    /// The user has signed in.
    Success(SuccessNode),
}
