//! HTTP/2, for clients that agree to it: good answers, silence, and connections that break.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;

use crate::fault_server::server::Seen;
use crate::fault_server::{Reply, service};

pub(super) async fn serve<S>(stream: S, seen: Arc<Seen>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let breaks = Arc::new(Breaks::default());
    let service = {
        let breaks = Arc::clone(&breaks);
        service_fn(move |request| answer(request, Arc::clone(&seen), Arc::clone(&breaks)))
    };
    let serving =
        http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => ended.map_err(io::Error::other),
        () = breaks.hang_up.notified() => Ok(()),
        // Nobody works for the connection any more, but it stays open.
        () = breaks.freeze.notified() => std::future::pending().await,
    }
}

/// The ways in which a connection breaks.
#[derive(Default)]
struct Breaks {
    hang_up: Notify,
    freeze: Notify,
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Seen>,
    breaks: Arc<Breaks>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|it| it.to_bytes()).unwrap_or_default();
    match seen.reply_to(service::text(&head, &body)) {
        Reply::Answer(response) => return Ok(response.map(Full::new)),
        Reply::Raw(_) | Reply::Reset => breaks.hang_up.notify_one(),
        Reply::Drip(..) => breaks.freeze.notify_one(),
        Reply::Stall(_) => {}
    }
    std::future::pending().await
}
