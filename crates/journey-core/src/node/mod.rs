//! What AM answers a journey.

mod error;
mod outcome;
mod page;
mod recovery;
mod server_error;
mod stage;
mod state;
mod step;
mod success;

pub use error::ErrorNode;
pub use outcome::Outcome;
pub use page::Page;
pub use server_error::ServerError;
pub use stage::{Localized, Stage};
pub use step::Step;
pub use success::Success;
