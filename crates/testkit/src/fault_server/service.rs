//! Lets a service answer, such as a simulated AM, in HTTP/1.1 or HTTP/2.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Uri, Version, header, request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::fault_server::server::Seen;
use crate::sim::Peer;

type BoxError = Box<dyn StdError + Send + Sync>;

/// What answers in place of prepared replies.
pub(super) type Handler =
    BoxCloneSyncService<Request<Full<Bytes>>, Response<Full<Bytes>>, BoxError>;

/// Serves one connection; a service that fails ends it.
pub(super) async fn serve<S>(
    stream: S,
    version: Version,
    peer: Peer,
    handler: Handler,
    seen: Arc<Seen>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |mut it: Request<Incoming>| {
        it.extensions_mut().insert(peer.clone());
        answer(it, handler.clone(), Arc::clone(&seen))
    });
    let stream = TokioIo::new(stream);
    let ended = match version {
        Version::HTTP_2 => {
            http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await
        }
        _ => http1::Builder::new().serve_connection(stream, service).await,
    };
    ended.map_err(io::Error::other)
}

async fn answer(
    request: Request<Incoming>,
    handler: Handler,
    seen: Arc<Seen>,
) -> Result<Response<Full<Bytes>>, BoxError> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    seen.note(text(&head, &body));
    head.uri = whole(&head)?;
    handler.oneshot(Request::from_parts(head, Full::new(body))).await
}

/// Writes a request down as HTTP/1.1 has it, whichever version it came in.
pub(super) fn text(head: &request::Parts, body: &[u8]) -> String {
    let mut text = format!("{} {} {:?}\r\n", head.method, head.uri, head.version);
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())));
    }
    text.push_str("\r\n");
    text.push_str(&String::from_utf8_lossy(body));
    text
}

/// In HTTP/1.1 the host stands in a header, and that there was TLS nowhere.
fn whole(head: &request::Parts) -> Result<Uri, BoxError> {
    let host = head.headers.get(header::HOST).map(http::HeaderValue::as_bytes);
    let mut parts = head.uri.clone().into_parts();
    if let (None, Some(host)) = (&parts.authority, host) {
        parts.authority = Some(host.try_into()?);
        parts.scheme = Some(http::uri::Scheme::HTTPS);
    }
    Ok(Uri::from_parts(parts)?)
}
