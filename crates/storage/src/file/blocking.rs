//! Takes slow calls off the threads that run futures.

use std::panic::resume_unwind;

use tokio::runtime::Handle;

use crate::{Error, ErrorKind};

/// Runs `work` on a thread for blocking calls; it runs to its end even if this future is dropped.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match runtime()?.spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) if stopped.is_panic() => resume_unwind(stopped.into_panic()),
        Err(stopped) => {
            Err(Error::new(ErrorKind::Unavailable, "the runtime is shutting down")
                .with_source(stopped))
        }
    }
}

/// Looks for the runtime we are in: tokio itself would panic without one.
pub(super) fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|error| {
        Error::new(ErrorKind::NoRuntime, "reading and writing files needs a tokio runtime")
            .with_source(error)
    })
}
