//! How a command ends: exit codes that scripts can rely on, and what is said.

use std::{error::Error as StdError, fmt, process::ExitCode};

use journey_sdk::{Error, ErrorKind, ErrorNode, FailureNode, TokenErrorKind};

/// The text for `journey help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    the server refused: a wrong password, a missing right
  2    the command or its settings do not fit
  3    nobody is signed in, or the login has ended: sign in again
  4    the server was not reached or not understood; later it may work
  5    a file of this machine can't be used: store, key, profile
  6    a question of the journey has no answer, and nobody is there to ask
  7    signed out here, but the server has not confirmed everything
  130  interrupted with Ctrl-C";

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Refused = 1,
    Usage = 2,
    NotSignedIn = 3,
    Unreachable = 4,
    Local = 5,
    Unanswered = 6,
    Incomplete = 7,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Says why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    code: String,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// Makes one; the code is for scripts, the message for people.
    pub(crate) fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { exit, code: code.into(), message: message.into(), hint: None }
    }

    /// Makes one for a file of this machine.
    pub(crate) fn local(what: impl fmt::Display, source: &(dyn StdError + 'static)) -> Self {
        Self::new(Exit::Local, "local", format!("{what}: {}", chain(source)))
    }

    /// Makes one for Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
    }

    /// Makes one for a command that needs a login.
    pub(crate) fn not_signed_in() -> Self {
        Self::new(Exit::NotSignedIn, "not_signed_in", "nobody is signed in")
            .with_hint("journey login")
    }

    /// Adds what may help.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Returns the stable code for scripts.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// Returns what may help.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = exit_for(&error);
        let mut message = chain(&error);
        if let Some(server) = error.oauth() {
            let description = server.error_description().unwrap_or_default();
            message = format!("{message}: {} {description}", server.error()).trim_end().to_owned();
        }
        let failure = Self::new(exit, error.code(), message);
        match exit {
            Exit::NotSignedIn => failure.with_hint("journey login"),
            Exit::Local if error.code().ends_with("corrupt") => {
                failure.with_hint("journey logout, which sets aside what is damaged")
            }
            Exit::Usage if error.token_kind() == Some(TokenErrorKind::NotConfigured) => failure
                .with_hint("journey login --client-id ID --redirect-uri URI, to have tokens too"),
            _ => failure,
        }
    }
}

impl From<FailureNode> for Failure {
    fn from(failed: FailureNode) -> Self {
        failed.into_error().into()
    }
}

impl From<&ErrorNode> for Failure {
    fn from(refused: &ErrorNode) -> Self {
        let code = format!("refused.{}", refused.code());
        Self::new(Exit::Refused, code, refused.to_string())
    }
}

fn exit_for(error: &Error) -> Exit {
    if error.needs_sign_in() {
        return Exit::NotSignedIn;
    }
    match error.token_kind() {
        Some(TokenErrorKind::Transient | TokenErrorKind::AccountChanged) => {
            return Exit::Unreachable;
        }
        Some(TokenErrorKind::ConsentRequired) => return Exit::Refused,
        Some(
            TokenErrorKind::StoreUnavailable
            | TokenErrorKind::StoreCorrupt
            | TokenErrorKind::StoreDenied,
        ) => return Exit::Local,
        _ => {}
    }
    match error.kind() {
        ErrorKind::Network | ErrorKind::Server | ErrorKind::Unreadable => Exit::Unreachable,
        ErrorKind::Storage => Exit::Local,
        ErrorKind::SessionEnded => Exit::NotSignedIn,
        _ => Exit::Usage,
    }
}

/// The message and everything that lies behind it, in one line.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        // Some libraries repeat their source's text in their own.
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_failure_tells_what_lies_behind_it() {
        let failure = Failure::local("could not read the key", &io::Error::other("disk on fire"));
        assert_eq!(failure.to_string(), "could not read the key: disk on fire");
        assert_eq!(failure.exit() as u8, 5);
    }
}
