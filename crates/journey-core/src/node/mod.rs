//! What AM answers a journey.

mod enrollment;
mod error;
mod find;
mod outcome;
mod page;
mod recovery;
mod script;
mod server_error;
mod stage;
mod state;
mod step;
mod success;

pub use enrollment::{MfaKind, MfaRegistration, RecoveryCodes};
pub use error::ErrorNode;
pub(crate) use find::normal_prompt;
pub use outcome::Outcome;
pub use page::Page;
pub use server_error::ServerError;
pub(crate) use server_error::in_a_line;
pub use stage::{Localized, Stage};
pub use step::Step;
pub use success::Success;
