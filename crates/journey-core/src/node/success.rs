//! A finished journey.

use std::fmt;

use serde_json::{Map, Value};

use crate::session::Session;

/// The journey has ended well.
pub struct Success {
    session: Option<Session>,
    input: Map<String, Value>,
}

impl Success {
    pub(crate) fn new(session: Option<Session>, input: Map<String, Value>) -> Self {
        Self { session, input }
    }

    /// Returns the session; none when the journey was run without one (`noSession`).
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Returns the answer's JSON, the keys that a journey's nodes added included. The session token is
    /// not in it: it is a secret, and [`session`](Self::session) has it.
    pub fn input(&self) -> &Map<String, Value> {
        &self.input
    }

    /// Takes the parts.
    pub fn into_parts(self) -> (Option<Session>, Map<String, Value>) {
        (self.session, self.input)
    }
}

impl fmt::Debug for Success {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Success")
            .field("session", &self.session)
            .field("input", &self.input.keys().collect::<Vec<_>>())
            .finish()
    }
}
