//! A refusal.

use std::{error::Error as StdError, fmt};

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{node::ServerError, policy::FailedProperty};

/// The journey is over because AM refused: a wrong password, a locked account, a step that had expired.
///
/// Start the journey again to let the user try once more. It is a [`std::error::Error`] too, for
/// programs that give up here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorNode {
    status: u16,
    server: ServerError,
}

impl ErrorNode {
    pub(crate) fn new(status: u16, server: ServerError) -> Self {
        Self { status, server }
    }

    /// Returns the HTTP status of the answer; AM may refuse with 200 too.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the code AM gave, such as 401.
    pub fn code(&self) -> u16 {
        self.server.code()
    }

    /// Returns the code in words, such as `Unauthorized`.
    pub fn reason(&self) -> &str {
        self.server.reason()
    }

    /// Returns AM's message for the user.
    pub fn message(&self) -> &str {
        self.server.message()
    }

    /// Returns which properties did not meet which requirements; empty when that is not why.
    pub fn failed_policies(&self) -> Vec<FailedProperty> {
        FailedProperty::all_of(self.detail())
    }

    /// Returns what else AM and the journey's nodes said.
    pub fn detail(&self) -> &Map<String, Value> {
        self.server.detail()
    }

    /// Returns where AM would send a browser now; never follow it unchecked.
    pub fn failure_url(&self) -> Option<&str> {
        self.server.failure_url()
    }

    /// Keeps the server's words out of `Display` and `Debug` if they quote one of these secrets, which
    /// went with the request. [`message`](Self::message) still has them.
    ///
    /// ```
    /// use journey_core::{Outcome, Server, Start};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let start = Start::new(Server::new("https://am.example.com/am")?, "alpha".parse()?);
    /// let body = r#"{"code":401,"reason":"Unauthorized","message":"hunter2 is wrong"}"#;
    /// let answer = http::Response::builder().status(401).body(body)?;
    /// if let Outcome::Error(mut refused) = start.read(&answer)? {
    ///     refused.hide_quotes(&["hunter2".into()]);
    ///     assert_eq!(refused.to_string(), "the server refused: 401");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn hide_quotes(&mut self, secrets: &[SecretString]) {
        self.server.hide_quotes(secrets);
    }

    /// Returns the whole error object.
    pub fn server(&self) -> &ServerError {
        &self.server
    }

    /// Tells whether the step had merely expired, so that the same journey may simply start again.
    ///
    /// PingAM says so with error code 110, OpenAM with status 408, and both with a suspended journey
    /// that can't be found any more.
    pub fn is_restartable(&self) -> bool {
        self.server.error_code() == Some("110")
            || self.status == 408
            || self.code() == 408
            || self.code() == 401 && self.message().contains("SuspendedAuthSession")
    }
}

impl fmt::Display for ErrorNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server refused: {}", self.server)
    }
}

impl StdError for ErrorNode {}
