//! A way through an HTTP proxy, opened with `CONNECT` (RFC 9110 section 9.3.6).
//!
//! hyper-util has one too, but it does not tell what the proxy answered, so that nobody could know
//! whether trying again makes sense.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use http::{StatusCode, Uri};
use hyper_util::client::proxy::matcher::Intercept;
use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use crate::connect::{Stream, Tcp};
use crate::error::BoxError;

/// More than any proxy has to say before the tunnel begins.
const LARGEST_HEAD: usize = 8 * 1024;

const HTTPS: u16 = 443;

/// Opens a connection that leads to the host of `uri`.
pub(crate) async fn open(proxy: &Intercept, tcp: Tcp, uri: &Uri) -> Result<Stream, BoxError> {
    let mut stream = tcp.oneshot(proxy.uri().clone()).await?;
    let wire = stream.inner_mut();
    wire.write_all(&question(proxy, uri)).await?;
    match answer(wire).await? {
        status if status.is_success() => Ok(stream),
        status => Err(Refused(status).into()),
    }
}

fn question(proxy: &Intercept, uri: &Uri) -> Zeroizing<Vec<u8>> {
    let (host, port) = (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(HTTPS));
    let head = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    let parts = match proxy.basic_auth() {
        Some(login) => [head.as_bytes(), b"Proxy-Authorization: ", login.as_bytes(), b"\r\n\r\n"],
        None => [head.as_bytes(), b"", b"", b"\r\n"],
    };
    Zeroizing::new(parts.concat())
}

/// Reads the head of the answer. Nothing follows it: behind a tunnel it is the client who begins TLS.
async fn answer(wire: &mut TcpStream) -> io::Result<StatusCode> {
    let mut head = Vec::new();
    while !head.windows(4).any(|it| it == b"\r\n\r\n") {
        if head.len() >= LARGEST_HEAD {
            return Err(io::Error::other("the proxy says too much"));
        }
        if wire.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    status(&head).ok_or_else(|| io::Error::other("the proxy does not speak HTTP/1"))
}

fn status(head: &[u8]) -> Option<StatusCode> {
    let [_minor, b' ', a, b, c, b' ' | b'\r', ..] = head.strip_prefix(b"HTTP/1.")? else {
        return None;
    };
    StatusCode::from_bytes(&[*a, *b, *c]).ok()
}

/// Says that the proxy does not open the way.
#[derive(Debug)]
pub(crate) struct Refused(StatusCode);

impl Refused {
    /// Tells whether the proxy will say the same again: it does not let us through, or wants another
    /// login. What a server says of itself, or of too many requests, passes.
    pub(crate) fn stays(&self) -> bool {
        let busy = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        !self.0.is_server_error() && !busy.contains(&self.0)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy answered {}", self.0)
    }
}

impl StdError for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_the_first_line_alone() {
        let code = |head: &[u8]| status(head).map(|it| it.as_u16());
        assert_eq!(code(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(code(b"HTTP/1.0 407\r\nx: y\r\n\r\n"), Some(407));
        for head in
            [&b"HTTP/1.1 2000 OK\r\n\r\n"[..], b"HTTP/2 200\r\n\r\n", b"\r\n\r\n", b"SSH-2.0"]
        {
            assert_eq!(code(head), None);
        }
    }

    #[test]
    fn what_a_proxy_will_say_again_is_told_from_what_passes() {
        for (code, stays) in [
            (403, true),
            (407, true),
            (404, true),
            (302, true),
            (408, false),
            (429, false),
            (500, false),
            (502, false),
            (503, false),
            (504, false),
        ] {
            assert_eq!(Refused(StatusCode::from_u16(code).unwrap()).stays(), stays, "{code}");
        }
    }
}
