//! The messages of AM's JSON API, made and read without any I/O.

mod read;
mod server_info;
mod sessions;
mod start;

pub use sessions::{LogoutAnswer, SessionInfo};
pub use start::Start;
