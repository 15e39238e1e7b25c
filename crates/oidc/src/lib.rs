#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod authorize;
mod builder;
mod client;
mod client_auth;
mod config;
mod discovery;
mod endpoints;
mod error;
mod failure;
mod form;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod id_token;
mod issuer;
mod jose;
mod life;
mod pkce;
mod random;
mod record;
mod text;
mod token_answer;
mod wire;

pub use builder::OidcClientBuilder;
pub use client::OidcClient;
pub use config::Consent;
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind, IdTokenFault};
pub use jose::SigningKey;
