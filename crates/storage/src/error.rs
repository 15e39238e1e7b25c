//! What can go wrong in a store.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;

/// Why a store could not do what it was asked to.
///
/// An absent value is no error. Backends make their errors with [`Error::new`].
///
/// ```
/// use journey_storage::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Full, "could not write the entry");
/// assert_eq!(error.kind(), ErrorKind::Full);
/// assert_eq!(error.code(), "storage.full");
/// assert_eq!(error.to_string(), "could not write the entry");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of [`Error`], told apart by what the caller can do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store cannot be reached or does not answer now: try again later.
    Unavailable,
    /// What is stored cannot be read and never will be: remove it.
    Corrupt,
    /// What is stored was sealed with another key: find the right key.
    WrongKey,
    /// What is stored was written by a newer release: update the program.
    NewerVersion,
    /// The store refuses us, or it is open to others and we refuse it: mend its permissions.
    Denied,
    /// There is no space left: make some.
    Full,
    /// Somebody else has taken the lock meanwhile, and nothing was written: read again.
    LockLost,
    /// The lock was not free in time: try again later.
    LockTimeout,
    /// The value or the key is not one this store can hold.
    Unsupported,
    /// There is no tokio runtime here: call from inside one, whose timer is enabled.
    NoRuntime,
}

impl Error {
    /// Makes an error; the message says what was tried, in lower case, and holds no secret.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Makes an error from one of the operating system, choosing the kind by it.
    ///
    /// ```
    /// use std::io;
    ///
    /// use journey_storage::{Error, ErrorKind};
    ///
    /// let error = Error::io("could not write the entry", io::ErrorKind::StorageFull.into());
    /// assert_eq!(error.kind(), ErrorKind::Full);
    /// ```
    pub fn io(message: impl Into<Cow<'static, str>>, error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ErrorKind::Denied
            }
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => ErrorKind::Full,
            _ => ErrorKind::Unavailable,
        };
        Self::new(kind, message).with_source(error)
    }

    /// Keeps the error that caused this one; it must not quote what is stored.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// A stable name of the kind for logs and dashboards, like `storage.corrupt`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Unavailable => "storage.unavailable",
            ErrorKind::Corrupt => "storage.corrupt",
            ErrorKind::WrongKey => "storage.wrong_key",
            ErrorKind::NewerVersion => "storage.newer_version",
            ErrorKind::Denied => "storage.denied",
            ErrorKind::Full => "storage.full",
            ErrorKind::LockLost => "storage.lock_lost",
            ErrorKind::LockTimeout => "storage.lock_timeout",
            ErrorKind::Unsupported => "storage.unsupported",
            ErrorKind::NoRuntime => "storage.no_runtime",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_kept_and_not_displayed() {
        let error = Error::io("could not read the entry", io::Error::other("disk on fire"));

        assert_eq!(error.to_string(), "could not read the entry");
        assert_eq!(error.source().unwrap().to_string(), "disk on fire");
    }

    #[test]
    fn errors_of_the_system_are_told_apart() {
        let kind = |it: io::ErrorKind| Error::io("could not write", it.into()).kind();

        assert_eq!(kind(io::ErrorKind::PermissionDenied), ErrorKind::Denied);
        assert_eq!(kind(io::ErrorKind::ReadOnlyFilesystem), ErrorKind::Denied);
        assert_eq!(kind(io::ErrorKind::QuotaExceeded), ErrorKind::Full);
        assert_eq!(kind(io::ErrorKind::TimedOut), ErrorKind::Unavailable);
    }
}
