//! What AM answers a journey.

mod server_error;

pub use server_error::ServerError;
