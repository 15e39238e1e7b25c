#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod answers;
mod callback;
mod clock;
mod error;
mod node;
mod policy;
mod protocol;
mod realm;
mod responder;
mod secret_json;
mod server;
mod session;
mod sign_out;
mod state;
mod token;
mod uri;

pub use account::{Account, AccountId, AccountWriter};
pub use answers::Answers;
pub use callback::*;
pub use clock::Clock;
pub use error::{BoxError, Error, ErrorKind};
pub use node::{
    ErrorNode, Localized, MfaKind, MfaRegistration, Outcome, Page, RecoveryCodes, ServerError,
    Stage, Step, Success,
};
pub use policy::{FailedPolicy, FailedProperty, Policies, Policy, PolicyMessages, Requirement};
pub use protocol::{AuthIndex, LogoutAnswer, Resume, SessionInfo, Start};
pub use realm::Realm;
pub use responder::{Responder, Unanswered};
pub use secrecy::{ExposeSecret, SecretString};
pub use server::{Server, SessionApi};
pub use session::Session;
pub use sign_out::{PendingSignOut, Revocation, SignOutReport, SignOutResult, SignOutStep};
pub use token::{
    AccessToken, AccessTokenBuilder, OAuthError, TokenError, TokenErrorKind, TokenProvider,
    UserInfo,
};
pub use uri::SplitUri;
