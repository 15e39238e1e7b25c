//! The one place that starts tasks: work that brings a credential home runs to its end.
//!
//! A caller may drop its future at any moment (`timeout`, `select!`). The answer to the last step
//! of a journey, to a code exchange or to a refresh would be lost with it, and the session or the
//! rotated token with the answer. So such work runs on a task of its own, and `drain` waits for it.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Instrument;

use crate::error::Error;

/// Counts the tasks that were started through it.
///
/// Clones count together; [`HttpClient::with_own_tasks`](crate::HttpClient::with_own_tasks) gives a
/// client a count of its own.
#[derive(Clone)]
pub struct Tasks {
    running: Arc<watch::Sender<usize>>,
}

impl Tasks {
    pub(crate) fn new() -> Self {
        Self { running: Arc::new(watch::Sender::new(0)) }
    }

    /// Looks for the runtime that can carry a task, before anything is given to it.
    ///
    /// # Errors
    /// [`ErrorKind::NoRuntime`](crate::ErrorKind::NoRuntime) outside a tokio runtime.
    ///
    /// ```
    /// use journey_transport::{Error, ErrorKind, HttpClient};
    ///
    /// let service = tower::service_fn(|_| async {
    ///     Ok::<_, Error>(http::Response::new(String::new()))
    /// });
    /// let client = HttpClient::builder().build_with(service)?;
    /// assert_eq!(client.tasks().here().unwrap_err().kind(), ErrorKind::NoRuntime);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn here(&self) -> Result<Detached, Error> {
        let runtime = Handle::try_current().map_err(Error::no_runtime)?;
        Ok(Detached { runtime, tasks: self.clone() })
    }

    /// Waits until every task started through this count has ended.
    ///
    /// A command line tool calls it before it exits. The future may be dropped; the tasks go on.
    pub async fn drain(&self) {
        // An error would mean that the sender is gone, but `self` holds it.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("running", &*self.running.borrow()).finish()
    }
}

/// A runtime that was found, ready to carry one task.
#[derive(Debug)]
#[must_use = "nothing runs until `run` is awaited"]
pub struct Detached {
    runtime: Handle,
    tasks: Tasks,
}

impl Detached {
    /// Runs the work on a task of its own and returns its result.
    ///
    /// From its first poll on the work runs to its end, even when this future is dropped; the
    /// result is then dropped too. A panic of the work goes on in the caller.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`](crate::ErrorKind::Interrupted) when the runtime shuts down first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), journey_transport::Error> {
    /// use journey_transport::{Error, HttpClient};
    ///
    /// let service = tower::service_fn(|_| async {
    ///     Ok::<_, Error>(http::Response::new(String::new()))
    /// });
    /// let client = HttpClient::builder().build_with(service)?;
    /// assert_eq!(client.tasks().here()?.run(async { 6 * 7 }).await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run<T: Send + 'static>(
        self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        let running = Running::new(self.tasks);
        let task = async move {
            let result = work.await;
            drop(running);
            result
        };
        match self.runtime.spawn(task.in_current_span()).await {
            Ok(result) => Ok(result),
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(cancelled) => Err(Error::interrupted(cancelled)),
            },
        }
    }
}

/// Counts one task for as long as it lives, through panics and shut-downs.
struct Running(Tasks);

impl Running {
    fn new(tasks: Tasks) -> Self {
        tasks.running.send_modify(|running| *running += 1);
        Self(tasks)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.send_modify(|running| *running -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::runtime::Builder;
    use tokio::sync::Notify;

    use super::*;
    use crate::error::ErrorKind;

    #[tokio::test]
    async fn work_goes_on_after_its_caller_is_dropped() {
        let tasks = Tasks::new();
        let go = Arc::new(Notify::new());
        let done = Arc::new(AtomicBool::new(false));
        let work = {
            let (go, done) = (go.clone(), done.clone());
            async move {
                go.notified().await;
                done.store(true, Ordering::SeqCst);
            }
        };
        let mut call = Box::pin(tasks.here().unwrap().run(work));
        assert!(futures_poll_once(&mut call).await.is_none());
        drop(call);
        go.notify_one();
        tasks.drain().await;
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn draining_an_idle_client_returns_at_once() {
        Tasks::new().drain().await;
    }

    #[tokio::test]
    async fn draining_may_be_given_up_and_begun_again() {
        let tasks = Tasks::new();
        let go = Arc::new(Notify::new());
        let work = {
            let go = go.clone();
            async move { go.notified().await }
        };
        let mut call = Box::pin(tasks.here().unwrap().run(work));
        assert!(futures_poll_once(&mut call).await.is_none());
        let mut drain = Box::pin(tasks.drain());
        assert!(futures_poll_once(&mut drain).await.is_none());
        drop(drain);
        go.notify_one();
        tasks.drain().await;
        assert!(call.await.is_ok());
    }

    #[tokio::test]
    #[should_panic(expected = "the work broke")]
    async fn a_panic_goes_on_in_the_caller() {
        let _ = Tasks::new().here().unwrap().run(async { panic!("the work broke") }).await;
    }

    #[tokio::test]
    async fn a_panic_ends_the_count_too() {
        let tasks = Tasks::new();
        let call = tokio::spawn({
            let detached = tasks.here().unwrap();
            detached.run(async { panic!("the work broke") })
        });
        assert!(call.await.unwrap_err().is_panic());
        tasks.drain().await;
    }

    #[test]
    fn a_runtime_that_shuts_down_interrupts_the_work() {
        let tasks = Tasks::new();
        let other = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let detached = other.block_on(async { tasks.here().unwrap() });
        let mine = Builder::new_current_thread().build().unwrap();
        let mut call = Box::pin(detached.run(std::future::pending::<()>()));
        assert!(mine.block_on(futures_poll_once(&mut call)).is_none());
        other.shutdown_background();
        let error = mine.block_on(call).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        mine.block_on(tasks.drain());
    }

    #[test]
    fn without_a_runtime_there_is_a_typed_error() {
        let error = Tasks::new().here().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoRuntime);
    }

    async fn futures_poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
