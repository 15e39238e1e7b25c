//! The port itself.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;

use crate::{
    account::Account,
    sign_out::{Revocation, SignOutReport},
    token::{AccessToken, TokenError, UserInfo},
};

/// Gets, keeps and ends the tokens of accounts: what an OpenID Connect module is to the facade.
///
/// One provider serves all accounts of a client at the same time. The facade never holds an
/// account's lock while it calls, so a provider may take it.
///
/// The account's session is that of the generation the facade has last read. A provider whose tokens
/// are shared with other processes reads the generation itself, tells the account of it
/// ([`Account::observe_generation`]) and takes the session with [`Account::session_under`]. When that
/// fails it returns the error as it is: the facade reads the session again and repeats the call. A
/// provider that never looks into a store learns nothing of other processes: the facade itself reads
/// session and generation at a sign-in, and when a provider has told of a newer generation.
#[async_trait]
pub trait TokenProvider: Debug + Send + Sync + 'static {
    /// Returns a token that is still good, from memory alone: no I/O, no waiting.
    fn cached(&self, _who: &Account) -> Option<AccessToken> {
        None
    }

    /// Tells whether [`token`](Self::token) may find something here to go on with although there is no
    /// session: a good token, or one to refresh with. Looks into memory and store, asks no server; false only
    /// when it is certain.
    ///
    /// The facade asks it of an account that has no session, but tokens of whatever kind in the store: they
    /// may be another program's.
    async fn has_tokens(&self, _who: &Account) -> bool {
        true
    }

    /// Returns a token: cached, else refreshed, else asked for with the session.
    async fn token(&self, who: &Account) -> Result<AccessToken, TokenError>;

    /// Gets new tokens now, whatever the old ones are worth.
    async fn refresh(&self, who: &Account) -> Result<AccessToken, TokenError>;

    /// Asks who the user is, with an access token renewed first if needed.
    async fn user_info(&self, who: &Account) -> Result<UserInfo, TokenError>;

    /// Ends the tokens at the server and always removes them here; the session stays.
    async fn revoke(&self, who: &Account) -> Result<Revocation, TokenError>;

    /// Ends tokens and the OpenID Connect session and forgets both; tells of every step.
    async fn end(&self, who: &Account) -> SignOutReport;
}

#[async_trait]
impl<P: TokenProvider + ?Sized> TokenProvider for Arc<P> {
    fn cached(&self, who: &Account) -> Option<AccessToken> {
        (**self).cached(who)
    }

    async fn has_tokens(&self, who: &Account) -> bool {
        (**self).has_tokens(who).await
    }

    async fn token(&self, who: &Account) -> Result<AccessToken, TokenError> {
        (**self).token(who).await
    }

    async fn refresh(&self, who: &Account) -> Result<AccessToken, TokenError> {
        (**self).refresh(who).await
    }

    async fn user_info(&self, who: &Account) -> Result<UserInfo, TokenError> {
        (**self).user_info(who).await
    }

    async fn revoke(&self, who: &Account) -> Result<Revocation, TokenError> {
        (**self).revoke(who).await
    }

    async fn end(&self, who: &Account) -> SignOutReport {
        (**self).end(who).await
    }
}
