//! The settings of a client, as they were checked.

use std::time::Duration;

use crate::{client_auth::ClientAuth, endpoints::Endpoints, jose::Algorithm};

/// Says who answers for a user's consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Consent {
    /// Nobody: a consent page ends in [`ConsentRequired`](journey_core::TokenErrorKind).
    #[default]
    NotGiven,
    /// The application has asked the user by itself, so a consent page is answered with yes.
    ///
    /// The answer carries the session token in its body, because AM demands that as its `csrf` value.
    ByApplication,
}

/// Everything that was set, with defaults filled in.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) endpoints: Option<Endpoints>,
    pub(crate) auth: ClientAuth,
    pub(crate) consent: Consent,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) trusted_audiences: Vec<String>,
    pub(crate) skew: Duration,
    pub(crate) recheck: Duration,
    pub(crate) refresh_threshold: Duration,
    pub(crate) lock_wait: Duration,
    pub(crate) sign_out_timeout: Duration,
    pub(crate) user_info_for: Duration,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    /// What goes into the authorization request beyond the parameters of the protocol itself.
    pub(crate) extra: Vec<(String, String)>,
    pub(crate) post_logout_redirect_uri: Option<String>,
}

impl Config {
    pub(crate) fn wants_id_token(&self) -> bool {
        self.scopes.iter().any(|it| it == "openid")
    }
}
