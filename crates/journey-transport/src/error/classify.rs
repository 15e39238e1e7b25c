//! Finds out what an error of the wire means.
//!
//! hyper, rustls and the system wrap each other's errors several times over; the cause is
//! somewhere along the chain of sources.

use std::error::Error as StdError;
use std::{io, iter};

use http::Uri;
use http_body_util::LengthLimitError;

use crate::error::{BoxError, Error};

/// Turns whatever the service at the bottom of the stack failed with into an error of ours.
pub(crate) fn from_wire(error: BoxError, uri: &Uri, limit: usize) -> Error {
    if error.is::<Error>() {
        return error.into();
    }
    if find::<LengthLimitError>(error.as_ref()).is_some() {
        return Error::too_large(uri, limit);
    }
    #[cfg(feature = "rustls")]
    if let Some(known) = super::wire::classify(error.as_ref(), uri) {
        return known.because(error);
    }
    Error::service(error)
}

/// Looks for an error of one type along the chain of sources.
///
/// An [`io::Error`] hides the error it carries from `source`, so it is opened here.
pub(crate) fn find<'a, E: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a E> {
    chain(error).find_map(|it| it.downcast_ref())
}

/// Returns the kind of the innermost [`io::Error`], since the outer ones only carry it.
#[cfg(feature = "rustls")]
pub(crate) fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    chain(error).filter_map(|it| it.downcast_ref()).last().map(io::Error::kind)
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => Some(carried as _),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_inside_an_io_error_is_found() {
        let inner = Error::config("broken");
        let outer = io::Error::other(io::Error::other(inner));
        assert!(find::<Error>(&outer).is_some());
    }

    #[test]
    fn an_error_of_another_type_is_not_found() {
        assert!(find::<Error>(&io::Error::other("broken")).is_none());
    }
}
