//! What Redis's errors mean for a store.

use journey_storage::{Error, ErrorKind};
use redis::{ErrorKind as RedisKind, RedisError};

/// Turns an error of Redis into one of ours.
///
/// An answer of the server is not kept as the source: it may quote the command, and so a value.
pub(crate) fn redis(action: &'static str) -> impl FnOnce(RedisError) -> Error {
    move |error| {
        let says_one_of = |words: &[&str]| words.iter().any(|it| says(&error, it));
        let kind = match error.kind() {
            RedisKind::AuthenticationFailed => ErrorKind::Denied,
            RedisKind::InvalidClientConfig => ErrorKind::Unsupported,
            _ if says_one_of(&["NOAUTH", "NOPERM", "WRONGPASS"]) => ErrorKind::Denied,
            _ if says(&error, "OOM") => ErrorKind::Full,
            _ if says(&error, "WRONGTYPE") => ErrorKind::Corrupt,
            _ => ErrorKind::Unavailable,
        };
        let ours = Error::new(kind, action);
        if error.is_io_error() { ours.with_source(error) } else { ours }
    }
}

/// Whether the server gave this word as the reason.
pub(crate) fn says(error: &RedisError, word: &str) -> bool {
    // Before Redis 7, what went wrong inside a script was an `ERR` that quotes the real one.
    let quoted = format!("-{word} ");
    let is_it = |code: &str, details: Option<&str>| {
        code == word || details.is_some_and(|it| it.contains(&quoted))
    };
    let errors = error.clone().into_server_errors();
    errors.is_some_and(|it| it.iter().any(|(_, it)| is_it(it.code(), it.details())))
}

pub(crate) fn lock_lost() -> Error {
    Error::new(ErrorKind::LockLost, "the lock was taken by somebody else or ran out")
}
