//! What AM answers a journey.

mod error;
mod outcome;
mod page;
mod server_error;
mod step;
mod success;

pub use error::ErrorNode;
pub use outcome::Outcome;
pub use page::Page;
pub use server_error::ServerError;
pub use step::Step;
pub use success::Success;
