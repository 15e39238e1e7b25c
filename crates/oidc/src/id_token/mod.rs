//! Whether an id_token may be believed (OpenID Connect Core sections 3.1.3.7, 3.1.3.8, 12.2).

mod audience;
mod claims;
mod kept;
mod named;
mod refreshed;
mod time;

use std::time::{Duration, SystemTime};

use secrecy::SecretString;

pub(crate) use claims::check;
pub(crate) use kept::IdClaims;
pub(crate) use named::Named;
pub(crate) use refreshed::Before;

/// What an id_token is held against.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) trusted_audiences: &'a [String],
    pub(crate) access_token: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    /// The nonce that was sent; none after a refresh, whose token need not have one.
    pub(crate) nonce: Option<&'a str>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: &'a [String],
    pub(crate) now: SystemTime,
    pub(crate) skew: Duration,
    /// The server's clock, to name the difference when a time does not fit.
    pub(crate) server_time: Option<SystemTime>,
    /// What else only the server and this client know, so that no error may quote it.
    pub(crate) secrets: &'a [&'a SecretString],
    /// After a refresh: the tokens before.
    pub(crate) before: Option<Before<'a>>,
}
