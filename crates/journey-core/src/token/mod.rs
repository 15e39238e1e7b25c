//! The port that token modules plug into, and what goes over it.

mod access_token;
mod error;
mod provider;
mod user_info;

pub use access_token::{AccessToken, AccessTokenBuilder};
pub use error::{OAuthError, TokenError, TokenErrorKind};
pub use provider::TokenProvider;
pub use user_info::UserInfo;
