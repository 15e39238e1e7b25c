//! Takes slow calls off the threads that run futures.

use std::panic::resume_unwind;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinError;
use tokio::time::timeout;

use crate::{Error, ErrorKind};

/// A disk that works needs milliseconds; a network drive that is gone would hang for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `work` on a thread for blocking calls. It runs to its end even if this future is dropped.
///
/// There is no limit of time: what changes something may happen although nobody waits any more, after
/// its lock was given to somebody else. For this crate and its siblings.
///
/// # Errors
/// Those of `work`; [`ErrorKind::NoRuntime`] outside a tokio runtime.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    ended(runtime()?.spawn_blocking(work).await)
}

/// Like [`blocking`], for work that changes nothing: it is waited for half a minute at most.
///
/// # Errors
/// As [`blocking`]; [`ErrorKind::Unavailable`] when it takes too long.
pub async fn blocking_read<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    within(PATIENCE, work).await
}

async fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let mut task = runtime()?.spawn_blocking(work);
    match timeout(limit, &mut task).await {
        Ok(joined) => ended(joined),
        Err(_) => {
            // What has not begun never does: calls that nobody waits for do not pile up.
            task.abort();
            Err(Error::new(ErrorKind::Unavailable, "the disk did not answer in time"))
        }
    }
}

fn ended<T>(joined: Result<Result<T, Error>, JoinError>) -> Result<T, Error> {
    match joined {
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_disk_that_hangs_is_an_error_in_time_and_not_a_hang() {
        let (disk, answer) = mpsc::channel::<()>();
        let work = move || {
            // Until the test ends.
            let _ = answer.recv();
            Ok(())
        };

        let error = within(Duration::from_millis(1), work).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Unavailable);
        drop(disk);
    }
}
