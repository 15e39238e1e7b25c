//! What a keyring's errors mean for us.

use journey_storage::{Error, ErrorKind};
use keyring_core::Error as KeyringError;

/// Turns an error of a keyring into one of ours.
///
/// Some of them carry what was stored, so only those of the platform are kept as the source.
pub(crate) fn keyring(action: &'static str) -> impl FnOnce(KeyringError) -> Error {
    move |error| match error {
        KeyringError::NoStorageAccess(source) => {
            Error::new(ErrorKind::Denied, action).with_source(source)
        }
        KeyringError::PlatformFailure(source) => {
            Error::new(ErrorKind::Unavailable, action).with_source(source)
        }
        KeyringError::BadEncoding(_)
        | KeyringError::BadDataFormat(..)
        | KeyringError::BadStoreFormat(_)
        | KeyringError::Ambiguous(_) => Error::new(ErrorKind::Corrupt, action),
        KeyringError::TooLong(..) | KeyringError::Invalid(..) => {
            Error::new(ErrorKind::Unsupported, action)
        }
        _ => Error::new(ErrorKind::Unavailable, action),
    }
}
