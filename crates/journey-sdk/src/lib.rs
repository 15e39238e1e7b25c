#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod builder;
mod context;
mod end_tokens;
mod error;
mod exchange;
mod journey;
mod node;
#[cfg(feature = "oidc")]
mod oidc;
mod parts;
mod run;
mod session_api;
mod session_store;
mod sign_out;
mod start;
mod step_state;
mod user;

pub use async_trait::async_trait;
pub use journey_core as core;
pub use journey_core::{
    AccessToken, AccessTokenBuilder, Account, AccountId, Answers, AuthIndex, BoxError, Callback,
    ChoiceCallback, Clock, ConfirmationCallback, ConfirmationKind, ExposeSecret,
    HiddenValueCallback, InputError, MessageKind, NameCallback, OAuthError, Page, PasswordCallback,
    PendingSignOut, PollingWaitCallback, RawCallback, Realm, Responder, Resume, Revocation,
    SecretString, ServerError, Session, SessionInfo, SignOutReport, SignOutResult, SignOutStep,
    SplitUri, Step, TextInputCallback, TextOutputCallback, TokenError, TokenErrorKind,
    TokenProvider, TypedCallback, Unanswered, UserInfo,
};
#[cfg(feature = "oidc")]
pub use journey_oidc::{Consent, Endpoints, OidcClient, OidcClientBuilder, SigningKey};
pub use journey_storage as storage;
pub use journey_transport as transport;
pub use journey_transport::HttpClient;

pub use builder::JourneyBuilder;
pub use error::{Error, ErrorKind};
pub use journey::Journey;
pub use node::{ContinueNode, ErrorNode, FailureNode, Node, SuccessNode};
pub use parts::Parts;
pub use run::{Run, RunError};
pub use start::StartJourney;
pub use step_state::StepState;
pub use user::User;
