//! The entry: a server, a realm, and the journeys that can be run there.

use std::sync::Arc;

use journey_core::{Resume, SignOutReport, SignOutStep, Start};

use crate::{
    builder::JourneyBuilder, context::Context, error::Error, node::ContinueNode, session_store,
    sign_out, start::StartJourney, step_state::StepState, user::User,
};

/// The slot for programs that have one user only.
const DEFAULT_ACCOUNT: &str = "default";

/// Runs journeys of one realm and finds the users who have signed in before.
///
/// Cheap to clone; clones share connections, store and tokens.
#[derive(Debug, Clone)]
pub struct Journey(Arc<Context>);

impl Journey {
    /// Starts from the server's base URL, such as `https://am.example.com/am`.
    pub fn builder(server: impl Into<String>) -> JourneyBuilder {
        JourneyBuilder::new(server.into())
    }

    pub(crate) fn new(context: Context) -> Self {
        Self(Arc::new(context))
    }

    /// Starts a journey (tree or chain) by name; await it, or give it options first.
    pub fn start(&self, journey: impl Into<String>) -> StartJourney {
        let start = self.plain_start().journey(journey);
        StartJourney::new(Arc::clone(&self.0), start, DEFAULT_ACCOUNT)
    }

    /// Starts the journey that the realm runs by default.
    pub fn start_default(&self) -> StartJourney {
        StartJourney::new(Arc::clone(&self.0), self.plain_start(), DEFAULT_ACCOUNT)
    }

    /// Goes on with a journey that waits for a link in an e-mail; await it, or give it options first.
    ///
    /// [`Resume::from_uri`] takes the link apart and refuses one of a foreign origin. A journey that waits for
    /// a browser goes on with its own step: [`ContinueNode::resume`].
    pub fn resume(&self, resume: Resume) -> StartJourney {
        StartJourney::new(Arc::clone(&self.0), self.plain_start(), DEFAULT_ACCOUNT).resuming(resume)
    }

    /// Goes on with a half-done journey that another process wrote down.
    ///
    /// # Errors
    /// [`Error`] when the state can't be read, or is for another server or realm.
    pub fn continue_from(&self, state: &StepState) -> Result<ContinueNode, Error> {
        state.read(&self.0)
    }

    /// Finds the user who has signed in before, in this run or an earlier one: one with a session, or with
    /// tokens that this program can go on with. Tokens for other scopes, or left dead by a sign-out that was cut
    /// off, are nobody; [`logout`](Self::logout) ends them all the same, and so does the next sign-in.
    ///
    /// # Errors
    /// [`Error`] of kind `Storage` when the store can't be read; that never means that nobody has signed in.
    pub async fn user(&self) -> Result<Option<User>, Error> {
        self.user_for(DEFAULT_ACCOUNT).await
    }

    /// Finds the user of a named slot, for programs with several.
    ///
    /// # Errors
    /// As [`user`](Self::user).
    pub async fn user_for(&self, account: &str) -> Result<Option<User>, Error> {
        User::load(&self.0, account).await
    }

    /// Signs out whoever is here, whether [`user`](Self::user) finds somebody or not.
    ///
    /// It does what [`User::logout`] does, and goes further than a user can be found: it ends and removes
    /// tokens that this program can't use, because they are for other scopes or were left by a sign-out that
    /// was cut off, and removes what can't be read. When the store can't be asked now, nothing is done, and the
    /// [`Local`](SignOutStep::Local) step says so: call it again later.
    ///
    /// ```
    /// # use journey_sdk::Journey;
    /// # use journey_testkit::sim::Am;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let am = Am::demo();
    /// # let http = journey_sdk::HttpClient::builder().build_with(am.service())?;
    /// let journey = Journey::builder("https://am.example.com/am").realm("alpha").http(http).build()?;
    /// assert!(journey.user().await?.is_none());
    /// assert!(journey.logout().await.is_complete(), "there was nothing to do");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn logout(&self) -> SignOutReport {
        self.logout_for(DEFAULT_ACCOUNT).await
    }

    /// Signs out whoever is in a named slot, for programs with several users, as [`logout`](Self::logout) does.
    ///
    /// ```
    /// # use journey_sdk::{Answers, Journey};
    /// # use journey_testkit::sim::Am;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let am = Am::demo();
    /// # let http = journey_sdk::HttpClient::builder().build_with(am.service())?;
    /// # let answers = || Answers::new().name("demo").password("Ch4ng31t");
    /// let journey = Journey::builder("https://am.example.com/am").realm("alpha").http(http).build()?;
    /// for name in ["left", "right"] {
    ///     journey.start("Login").account(name).run(answers()).await?;
    /// }
    /// assert!(journey.logout_for("left").await.is_complete());
    /// assert!(journey.user_for("left").await?.is_none());
    /// assert!(journey.user_for("right").await?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn logout_for(&self, account: &str) -> SignOutReport {
        match session_store::whoever(&self.0, account).await {
            Ok(user) => user.logout().await,
            Err(error) => sign_out::failed_step(SignOutStep::Local, error),
        }
    }

    /// Waits for what must not be cut off: answers that may carry a session or tokens, and sign-outs.
    ///
    /// Call it before the program ends, after Ctrl-C too.
    pub async fn drain(&self) {
        self.0.parts.http.tasks().drain().await;
    }

    fn plain_start(&self) -> Start {
        let parts = &self.0.parts;
        Start::new(parts.server.clone(), parts.realm.clone()).registry(Arc::clone(&self.0.registry))
    }
}
