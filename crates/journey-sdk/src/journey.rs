//! The entry: a server, a realm, and the journeys that can be run there.

use std::sync::Arc;

use journey_core::{Resume, Start};

use crate::{
    builder::JourneyBuilder, context::Context, error::Error, node::ContinueNode,
    start::StartJourney, step_state::StepState, user::User,
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

    /// Finds the user who has signed in before, in this run or an earlier one.
    ///
    /// # Errors
    /// [`Error`] of kind `Storage` when the store can't be read; only an empty store means that nobody has
    /// signed in.
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
