//! What SQLite's errors mean for a store.

use journey_storage::{Error, ErrorKind};
use rusqlite::ErrorCode;

/// Turns an error of SQLite into one of ours; its text names files and tables, never values.
pub(crate) fn sqlite(action: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
    move |error| {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ErrorKind::Corrupt,
            Some(ErrorCode::DiskFull) => ErrorKind::Full,
            Some(
                ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::AuthorizationForStatementDenied,
            ) => ErrorKind::Denied,
            Some(ErrorCode::TooBig) => ErrorKind::Unsupported,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, action).with_source(error)
    }
}
