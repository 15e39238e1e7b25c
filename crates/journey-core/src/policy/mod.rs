//! Rules for values that AM checks, what was broken, and how to say so.

mod failed;
mod messages;
mod requirement;
mod rules;

pub use failed::{FailedPolicy, FailedProperty};
pub use messages::PolicyMessages;
pub use requirement::Requirement;
pub use rules::{Policies, Policy};
