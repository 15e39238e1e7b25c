//! A user who has signed in.

use std::{fmt, sync::Arc};

use journey_core::{
    AccessToken, Account, Revocation, Session, SessionInfo, SignOutReport, TokenError,
    TokenErrorKind, UserInfo,
};
use secrecy::ExposeSecret;

use crate::{
    account::AccountState, context::Context, error::Error, session_api, session_store, sign_out,
};

/// How often a call is made while others sign in and out of the same account at the same time.
const CHANGES: usize = 4;

/// Stands for a user who has a session, or tokens.
///
/// Cheap to clone; all clones, and all users found for the same slot, share one state.
#[derive(Clone)]
pub struct User {
    context: Arc<Context>,
    state: Arc<AccountState>,
}

impl User {
    pub(crate) fn new(context: Arc<Context>, state: Arc<AccountState>) -> Self {
        Self { context, state }
    }

    pub(crate) async fn load(context: &Arc<Context>, account: &str) -> Result<Option<Self>, Error> {
        session_store::load(context, account).await
    }

    /// Returns the account: server, realm, slot.
    pub fn account(&self) -> &Account {
        self.state.account()
    }

    /// Returns the session as it is kept here; none after a sign-out. Whether the server still honors it,
    /// [`session_is_valid`](Self::session_is_valid) asks.
    pub fn session(&self) -> Option<Session> {
        self.account().session()
    }

    /// Asks the server about the session. At PingAM this does not count as use; at OpenAM it does.
    ///
    /// # Errors
    /// [`Error`] of kind `SessionEnded` when there is none any more; nothing is removed here.
    #[tracing::instrument(name = "journey.session_info", skip_all)]
    pub async fn session_info(&self) -> Result<SessionInfo, Error> {
        self.session_info_if_valid().await?.ok_or_else(Error::session_ended)
    }

    /// Asks the server whether the session lives. At PingAM this does not count as use; at OpenAM it does.
    ///
    /// # Errors
    /// [`Error`] when the server could not be asked; false is its own word.
    #[tracing::instrument(name = "journey.session_is_valid", skip_all)]
    pub async fn session_is_valid(&self) -> Result<bool, Error> {
        match self.session() {
            None => Ok(false),
            Some(_) => Ok(self.session_info_if_valid().await?.is_some()),
        }
    }

    /// Uses the session, so that its idle time starts anew.
    ///
    /// # Errors
    /// [`Error`] of kind `SessionEnded` when there is none any more.
    #[tracing::instrument(name = "journey.keep_alive", skip_all)]
    pub async fn keep_alive(&self) -> Result<(), Error> {
        self.store_if_unsaved().await;
        let session = self.session().ok_or_else(Error::no_session)?;
        let call =
            self.context.session_call(&session, &self.state.jar, Session::keep_alive_request);
        let info =
            Session::read_info(&call.await?).map_err(|it| session_api::failed(it, &session))?;
        info.map(drop).ok_or_else(Error::session_ended)
    }

    /// Returns an access token: the one at hand, else a refreshed one, else one asked for with the session.
    ///
    /// # Errors
    /// [`Error`] of kind `Token`; [`needs_sign_in`](Error::needs_sign_in) tells when only a new sign-in helps.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        let tokens = self.context.tokens()?;
        self.store_if_unsaved().await;
        if let Some(token) = tokens.cached(self.account()) {
            return Ok(token);
        }
        self.with_tokens(|| tokens.token(self.account())).await
    }

    /// Gets new tokens now, whatever the old ones are worth.
    ///
    /// # Errors
    /// As [`token`](Self::token). The old tokens stay unless the server has said that they are dead.
    pub async fn refresh(&self) -> Result<AccessToken, Error> {
        let tokens = self.context.tokens()?;
        self.with_tokens(|| tokens.refresh(self.account())).await
    }

    /// Returns another token than one that a resource server has rejected, with status 401 for example.
    ///
    /// Of many calls that were rejected with the same token the first renews it; the rest, also those that learn of
    /// it later, get what it got. (One that is held up just between its look and the renewal may renew it once more.)
    /// `refresh` would renew it for each of them once more. Call it once per request: if
    /// the new token is rejected too, another one will not help.
    ///
    /// ```
    /// # #[cfg(not(feature = "oidc"))]
    /// # fn main() {}
    /// # #[cfg(feature = "oidc")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # use journey_sdk::{Answers, HttpClient, Journey, OidcClient};
    /// # let am = journey_testkit::sim::Am::demo();
    /// # let http = HttpClient::builder().build_with(am.service())?;
    /// # let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    /// # let journey = Journey::builder("https://am.example.com/am").realm("alpha").http(http).oidc(oidc).build()?;
    /// # let answers = Answers::new().name("demo").password("Ch4ng31t");
    /// # let user = journey.start("Login").run(answers).await?.user()?;
    /// let rejected = user.token().await?;
    /// // .. the API answered 401
    /// let first = user.token_instead_of(&rejected).await?;
    /// let second = user.token_instead_of(&rejected).await?;
    /// assert_eq!(first.authorization(), second.authorization());
    /// assert_ne!(first.authorization(), rejected.authorization());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh).
    pub async fn token_instead_of(&self, rejected: &AccessToken) -> Result<AccessToken, Error> {
        let now = self.token().await?;
        if now.value().expose_secret() == rejected.value().expose_secret() {
            return self.refresh().await;
        }
        Ok(now)
    }

    /// Asks who the user is, with an access token renewed first if needed.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub async fn user_info(&self) -> Result<UserInfo, Error> {
        let tokens = self.context.tokens()?;
        self.with_tokens(|| tokens.user_info(self.account())).await
    }

    /// Ends the tokens at the server and removes them here, whatever the server says. The session stays:
    /// the next [`token`](Self::token) gets new ones with it.
    ///
    /// # Errors
    /// [`Error`] when they could not be removed here. What the server did not confirm is in the
    /// [`Revocation`].
    pub async fn revoke(&self) -> Result<Revocation, Error> {
        let tokens = self.context.tokens()?;
        self.with_tokens(|| tokens.revoke(self.account())).await
    }

    /// Signs the user out: ends tokens and session at the server, and removes them here in any case.
    ///
    /// It waits for the server no longer than the journey's sign-out deadline, and runs to its end even when
    /// nobody waits for it. What the server did not confirm can be tried again: [`SignOutReport::take_pending`].
    #[tracing::instrument(name = "journey.logout", skip_all)]
    pub async fn logout(&self) -> SignOutReport {
        sign_out::run(Arc::clone(&self.context), Arc::clone(&self.state)).await
    }

    /// Asks about the session: none when it has ended.
    pub(crate) async fn session_info_if_valid(&self) -> Result<Option<SessionInfo>, Error> {
        self.store_if_unsaved().await;
        let session = self.session().ok_or_else(Error::no_session)?;
        let call = self.context.session_call(&session, &self.state.jar, Session::info_request);
        Session::read_info(&call.await?).map_err(|it| session_api::failed(it, &session))
    }

    /// Stores a session that the store refused before.
    pub(crate) async fn store_unsaved(&self) -> Result<(), Error> {
        session_store::save(&self.context, &self.state).await
    }

    /// There may be space again; if not, the login goes on from memory.
    async fn store_if_unsaved(&self) {
        if self.state.unsaved().is_some() {
            let _ = self.store_unsaved().await;
        }
    }

    /// Calls the token provider. It reads the account's generation; when that has risen elsewhere, the session is
    /// read again, and asked with if the provider would not ask with the old one.
    async fn with_tokens<T, F>(&self, call: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, TokenError>>,
    {
        self.store_if_unsaved().await;
        for _ in 1..CHANGES {
            let result = call().await;
            let followed = session_store::follow(&self.context, &self.state).await;
            match result {
                Err(error) if error.kind() == TokenErrorKind::AccountChanged => {
                    followed.map_err(Error::storage)?;
                }
                result => return result.map_err(Error::token),
            }
        }
        call().await.map_err(Error::token)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("account", self.account()).finish_non_exhaustive()
    }
}
