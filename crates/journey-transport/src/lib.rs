#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod asked;
mod body;
mod builder;
mod client;
mod clock;
mod collect;
mod cookies;
mod detach;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod idempotent;
mod language;
mod layer;
mod retry_after;
mod stack;
mod target;

#[cfg(feature = "rustls")]
mod connect;
#[cfg(all(feature = "rustls", not(feature = "proxy")))]
mod direct;
#[cfg(feature = "proxy")]
mod proxy;
#[cfg(feature = "rustls")]
mod tls;
#[cfg(feature = "proxy")]
mod tunnel;

pub use crate::body::Body;
pub use crate::builder::{HttpClientBuilder, HttpService};
pub use crate::client::HttpClient;
pub use crate::clock::ClockSkew;
pub use crate::cookies::{CookieJar, StoredCookie};
pub use crate::detach::{Detached, Tasks};
pub use crate::error::{BoxError, Error, ErrorKind, TimeoutKind, TlsReason};
pub use crate::idempotent::Idempotent;
pub use crate::retry_after::retry_after;
