//! The client that everything in the SDK sends its requests through.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tokio::runtime::Handle;

use crate::body::Body;
use crate::builder::HttpClientBuilder;
use crate::clock::{ClockSkew, SeenSkew};
use crate::detach::Tasks;
use crate::error::Error;
use crate::stack::Stack;

/// Sends requests over TLS, within limits of time and size, and follows no redirect.
///
/// Clones share connections, tasks and what was learned about the server.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use journey_transport::{Error, HttpClient};
///
/// // A service of your own stands in for the network, as in tests.
/// let service = tower::service_fn(|_| async {
///     Ok::<_, Error>(http::Response::new(String::from("{}")))
/// });
/// let client = HttpClient::builder().build_with(service)?;
/// let request = http::Request::get("https://am.example.com/am/json/serverinfo/*").body("")?;
/// assert_eq!(client.send(request).await?.body(), "{}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpClient {
    stack: Arc<dyn Stack>,
    skew: SeenSkew,
    tasks: Tasks,
}

impl HttpClient {
    pub(crate) fn new(stack: Arc<dyn Stack>, skew: SeenSkew) -> Self {
        Self { stack, skew, tasks: Tasks::new() }
    }

    /// Starts to set up a client; what is not set has a safe default.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::new()
    }

    /// Sends a request and returns the whole answer, whatever its status.
    ///
    /// A redirect is an answer like any other. The future may be dropped at any time: the request
    /// is then abandoned, though the server may have acted on it; see [`tasks`](Self::tasks).
    ///
    /// # Errors
    /// [`Error`] when no usable answer came within the client's limits.
    ///
    /// # Panics
    /// tokio panics when its runtime was built without timers or I/O.
    pub async fn send(&self, request: Request<impl Into<Body>>) -> Result<Response<Bytes>, Error> {
        Handle::try_current().map_err(Error::no_runtime)?;
        self.stack.ask(request.map(Into::into)).await
    }

    /// Returns the count of tasks that work for this client, to start one or to wait for all.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Returns a client that shares all with this one but the count of tasks.
    ///
    /// Each user of a shared client can so wait for its own work alone.
    #[must_use]
    pub fn with_own_tasks(&self) -> Self {
        Self { tasks: Tasks::new(), ..self.clone() }
    }

    /// Returns how far the server's clock was off at its last answer; `None` when it agreed.
    #[must_use]
    pub fn clock_skew(&self) -> Option<ClockSkew> {
        self.skew.get()
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("tasks", &self.tasks).finish_non_exhaustive()
    }
}
