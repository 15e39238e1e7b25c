//! What Redis's errors mean for a store.

use journey_storage::{Error, ErrorKind};
use redis::{ErrorKind as RedisKind, RedisError};

/// Turns an error of Redis into one of ours.
///
/// An answer of the server is not kept as the source: it may quote the command, and so a value.
pub(crate) fn redis(action: &'static str) -> impl FnOnce(RedisError) -> Error {
    move |error| {
        let kind = match (error.code(), error.kind()) {
            (Some("NOAUTH" | "NOPERM" | "WRONGPASS"), _) => ErrorKind::Denied,
            (_, RedisKind::AuthenticationFailed) => ErrorKind::Denied,
            (Some("OOM"), _) => ErrorKind::Full,
            (Some("WRONGTYPE"), _) => ErrorKind::Corrupt,
            (_, RedisKind::InvalidClientConfig) => ErrorKind::Unsupported,
            _ => ErrorKind::Unavailable,
        };
        let ours = Error::new(kind, action);
        if error.is_io_error() { ours.with_source(error) } else { ours }
    }
}

pub(crate) fn lock_lost() -> Error {
    Error::new(ErrorKind::LockLost, "the lock was taken by somebody else or ran out")
}
