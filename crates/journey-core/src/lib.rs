#![doc = include_str!("../README.md")]

mod account;
mod clock;
mod error;
mod node;
mod protocol;
mod realm;
mod server;
mod session;
mod sign_out;
mod token;
mod uri;

pub use account::{Account, AccountId, AccountWriter};
pub use clock::Clock;
pub use error::{BoxError, Error, ErrorKind};
pub use node::ServerError;
pub use realm::Realm;
pub use server::{Server, SessionApi};
pub use session::Session;
pub use sign_out::{PendingSignOut, Revocation, SignOutReport, SignOutResult, SignOutStep};
pub use token::{
    AccessToken, AccessTokenBuilder, OAuthError, TokenError, TokenErrorKind, TokenProvider,
    UserInfo,
};
pub use uri::SplitUri;
