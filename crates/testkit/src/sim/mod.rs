//! An AM server, simulated: journeys, sessions and OAuth 2.0.
//!
//! It plays the server by rules: any realm, user, client and tree that a test configures works, and
//! what a real AM rejects is rejected. It knows nothing of the client that talks to it.

mod am;
mod authenticate;
mod builder;
mod call;
mod client;
mod client_key;
mod fault;
mod inspect;
mod jws;
mod keys;
mod lifetimes;
mod log;
mod misbehavior;
mod oauth;
mod profile;
mod realm;
mod reply;
mod road;
mod router;
mod serve;
mod serverinfo;
mod service;
mod sessions;
mod state;
mod totp;
mod tree;
mod user;
mod users;
mod version;

pub use am::Am;
pub use builder::AmBuilder;
pub use client::{IdTokenAlg, OAuthClient};
pub use client_key::ClientKey;
pub use fault::{Fault, Gate, Matcher};
pub use lifetimes::Lifetimes;
pub use log::{CredentialKind, Secret, Seen};
pub use misbehavior::Misbehavior;
pub(crate) use oauth::Peer;
pub use profile::Profile;
pub use serve::Serving;
pub use service::{AmService, ConnectionLost};
pub use totp::totp_code;
pub use tree::{Answers, Next, Page, Tree};
pub use user::User;
