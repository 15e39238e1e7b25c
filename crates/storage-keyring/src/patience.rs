//! Calls that may never come back.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use journey_storage::{Error, ErrorKind};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// Makes one call at a time and waits for it no longer than asked.
///
/// A call that hangs keeps its thread, which cannot be ended; the next ones then give up in time
/// too, without a thread each. The threads are not the runtime's, which would wait for them at
/// its end.
#[derive(Clone, Debug)]
pub(crate) struct Patience {
    limit: Duration,
    turn: Arc<Semaphore>,
}

impl Patience {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, turn: Arc::new(Semaphore::new(1)) }
    }

    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        Handle::try_current().map_err(|error| {
            Error::new(ErrorKind::NoRuntime, "asking the keyring needs a tokio runtime")
                .with_source(error)
        })?;
        timeout(self.limit, self.call_for_ever(work)).await.unwrap_or_else(|_| Err(hung()))
    }

    async fn call_for_ever<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| hung())?;
        let (sender, receiver) = oneshot::channel();
        let call = move || {
            let result = work();
            drop(turn);
            // Nobody may wait for it any more.
            let _ = sender.send(result);
        };
        thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(call)
            .map_err(|error| Error::io("could not start a thread for the keyring", error))?;
        receiver.await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unavailable, "the keyring's library failed"))
        })
    }
}

fn hung() -> Error {
    Error::new(ErrorKind::Unavailable, "the keyring did not answer in time")
}

#[cfg(test)]
impl Patience {
    pub(crate) fn calls_under_way(&self) -> usize {
        1 - self.turn.available_permits()
    }
}
