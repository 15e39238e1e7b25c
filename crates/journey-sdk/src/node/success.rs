//! The end of a journey.

use std::fmt;

use journey_core::{PendingSignOut, Session};
use serde_json::{Map, Value};

use crate::{error::Error, user::User};

/// The user has signed in.
pub struct SuccessNode {
    input: Map<String, Value>,
    session: Option<Session>,
    user: Option<User>,
    stored: Result<(), Error>,
    replaced: Option<PendingSignOut>,
}

impl SuccessNode {
    pub(crate) fn without_session(input: Map<String, Value>) -> Self {
        Self { input, session: None, user: None, stored: Ok(()), replaced: None }
    }

    pub(crate) fn new(
        input: Map<String, Value>,
        session: Session,
        user: User,
        stored: Result<(), Error>,
        replaced: Option<PendingSignOut>,
    ) -> Self {
        Self { input, session: Some(session), user: Some(user), stored, replaced }
    }

    /// Returns the session; none when the journey was run without one.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Returns the answer's JSON, the keys that a journey's nodes added included; the session token, a
    /// secret, is in [`session`](Self::session) alone.
    pub fn input(&self) -> &Map<String, Value> {
        &self.input
    }

    /// Returns the user who has signed in.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when the journey was run without a session.
    pub fn user(&self) -> Result<User, Error> {
        self.user.clone().ok_or_else(Error::ran_without_session)
    }

    /// Tells whether the session is safely stored. If not, the user is signed in all the same, from
    /// memory, and each later call tries again.
    ///
    /// # Errors
    /// Why the store refused.
    pub fn stored(&self) -> Result<(), &Error> {
        self.stored.as_ref().copied()
    }

    /// Tries to store the session again, after making space for example.
    ///
    /// # Errors
    /// Why the store refuses still.
    pub async fn store_again(&mut self) -> Result<(), &Error> {
        if let (Some(user), Err(_)) = (&self.user, &self.stored) {
            self.stored = user.store_unsaved().await;
        }
        self.stored()
    }

    /// Takes out what is left to do to end the tokens of the user who was signed in here before, when
    /// the server did not confirm that it has ended them.
    pub fn take_replaced(&mut self) -> Option<PendingSignOut> {
        self.replaced.take()
    }
}

impl fmt::Debug for SuccessNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SuccessNode")
            .field("session", &self.session)
            .field("input", &self.input.keys().collect::<Vec<_>>())
            .field("stored", &self.stored)
            .finish_non_exhaustive()
    }
}
