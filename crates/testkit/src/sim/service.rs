//! The server as a `tower` service.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HeaderName, RETRY_AFTER};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::Service;

use crate::sim::call::Call;
use crate::sim::fault::Moment;
use crate::sim::reply::Reply;
use crate::sim::{Am, Fault, router};

/// An [`Am`] as a `tower` service; made by [`Am::service`].
///
/// It fails only when a test asked for a lost connection. Give it to an HTTP client in place of the
/// network.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use journey_testkit::sim::{Am, ConnectionLost, Fault, Matcher};
/// use tower::ServiceExt;
///
/// let am = Am::demo();
/// am.fail_next(Matcher::any(), Fault::DropBefore);
/// let lost = am.service().oneshot(http::Request::new(String::new())).await;
/// assert_eq!(lost.err(), Some(ConnectionLost));
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct AmService {
    am: Am,
}

/// The connection broke, because a test asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLost;

impl fmt::Display for ConnectionLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was lost")
    }
}

impl StdError for ConnectionLost {}

impl AmService {
    pub(crate) fn new(am: Am) -> Self {
        Self { am }
    }
}

impl<B> Service<Request<B>> for AmService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Full<Bytes>>;
    type Error = ConnectionLost;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let am = self.am.clone();
        let (parts, body) = request.into_parts();
        Box::pin(async move {
            let body = body.collect().await.map_err(|_| ConnectionLost)?.to_bytes();
            let call = Call::new(parts, body, am.config().origin.as_deref());
            answer(&am, &call).await.map(|response| response.map(Full::new))
        })
    }
}

async fn answer(am: &Am, call: &Call) -> Result<Response<Bytes>, ConnectionLost> {
    let number = am.note(call);
    let gate = am.state().faults.take_gate(call, Moment::BeforeActing);
    if let Some(gate) = gate {
        gate.pass().await;
    }
    let fault = am.state().faults.take(call);
    let reply = match fault {
        None => act(am, call).await,
        Some(Fault::Status(status)) => Reply::empty(status).into_response(),
        Some(Fault::RetryAfter(status, seconds)) => {
            Reply::empty(status).header(RETRY_AFTER, &seconds.to_string()).into_response()
        }
        Some(Fault::Html) => {
            let page = "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>";
            Reply::html(200, page.to_owned()).into_response()
        }
        Some(Fault::Json(status, body)) => Reply::json(status, &body).into_response(),
        Some(Fault::DropBefore) => return Err(ConnectionLost),
        Some(Fault::DropAfter) => {
            act(am, call).await;
            return Err(ConnectionLost);
        }
        Some(Fault::Repeat) => {
            act(am, call).await;
            act(am, call).await
        }
        Some(Fault::Hang) => match pending::<Infallible>().await {},
        Some(Fault::HangAfter) => {
            act(am, call).await;
            match pending::<Infallible>().await {}
        }
    };
    am.note_status(number, reply.status());
    Ok(reply)
}

async fn act(am: &Am, call: &Call) -> Response<Bytes> {
    let mut response = router::answer(am, &mut am.state(), call).into_response();
    // AM echoes the transaction id, so that support can find the request in its logs.
    let transaction = HeaderName::from_static("x-forgerock-transactionid");
    if let Some(value) = call.headers.get(&transaction) {
        response.headers_mut().insert(transaction, value.clone());
    }
    let gate = am.state().faults.take_gate(call, Moment::AfterActing);
    if let Some(gate) = gate {
        gate.pass().await;
    }
    response
}
