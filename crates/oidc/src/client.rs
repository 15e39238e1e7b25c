//! The client itself: a thin face over what works behind.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use journey_core::{
    AccessToken, Account, Clock, Revocation, SignOutReport, TokenError, TokenProvider, UserInfo,
};
use journey_storage::Storage;
use journey_transport::HttpClient;

use crate::{
    builder::OidcClientBuilder,
    config::Config,
    life::{Accounts, Want},
    wire::Providers,
};

/// Gets tokens for sessions, keeps them fresh and ends them.
///
/// Cheap to clone; clones share caches. One client serves any number of accounts, realms and
/// servers at the same time: each call names the account.
///
/// It plugs into the facade as its [`TokenProvider`]; see [`OidcClient::builder`].
#[derive(Clone)]
pub struct OidcClient(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) http: HttpClient,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Clock,
    pub(crate) providers: Providers,
    pub(crate) accounts: Accounts,
}

impl OidcClient {
    /// Starts the settings of a client; `client_id` is its name at the server.
    pub fn builder(client_id: impl Into<String>) -> OidcClientBuilder {
        OidcClientBuilder::new(client_id.into())
    }

    /// Gets new tokens with the session and says to the server that the user agrees to the scopes.
    ///
    /// For programs that show the scopes of a
    /// [`ConsentRequired`](journey_core::TokenErrorKind::ConsentRequired) to the user themselves and
    /// call this on a yes. The answer to AM's consent page carries the session token in its body,
    /// because AM demands that as its `csrf` value.
    ///
    /// # Errors
    /// As [`TokenProvider::token`]. On
    /// [`AccountChanged`](journey_core::TokenErrorKind::AccountChanged) ask the facade's user for a token
    /// first: that reads the session again.
    pub async fn give_consent(&self, who: &Account) -> Result<AccessToken, TokenError> {
        self.renewed(who, Want::Consented).await
    }

    pub(crate) fn new(
        config: Config,
        http: HttpClient,
        storage: Arc<dyn Storage>,
        clock: Clock,
    ) -> Self {
        let providers = Providers::default();
        let accounts = Accounts::new(clock.clone(), config.recheck);
        Self(Arc::new(Inner { config, http, storage, clock, providers, accounts }))
    }
}

impl fmt::Debug for OidcClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcClient").field("config", &self.0.config).finish_non_exhaustive()
    }
}

/// Any future may be dropped: what has been asked of the server goes on and is stored.
#[async_trait]
impl TokenProvider for OidcClient {
    fn cached(&self, who: &Account) -> Option<AccessToken> {
        self.0.at_hand(who)
    }

    async fn has_tokens(&self, who: &Account) -> bool {
        self.0.may_go_on(who).await
    }

    async fn token(&self, who: &Account) -> Result<AccessToken, TokenError> {
        match self.0.at_hand(who) {
            Some(token) => Ok(token),
            None => self.renewed(who, Want::Usable).await,
        }
    }

    async fn refresh(&self, who: &Account) -> Result<AccessToken, TokenError> {
        self.renewed(who, Want::New).await
    }

    async fn user_info(&self, who: &Account) -> Result<UserInfo, TokenError> {
        self.who_is(who).await
    }

    async fn revoke(&self, who: &Account) -> Result<Revocation, TokenError> {
        self.revoke_all(who).await
    }

    async fn end(&self, who: &Account) -> SignOutReport {
        self.sign_out(who).await
    }
}
