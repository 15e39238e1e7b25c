//! The messages of AM's JSON API, made and read without any I/O.

mod auth_index;
mod credentials;
mod read;
mod resume;
mod server_info;
mod sessions;
mod start;
mod state;

pub use auth_index::AuthIndex;
pub use resume::Resume;
pub use sessions::{LogoutAnswer, SessionInfo};
pub use start::Start;
