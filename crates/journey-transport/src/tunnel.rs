//! A way through an HTTP proxy, opened with `CONNECT` (RFC 9110 section 9.3.6).
//!
//! hyper speaks to the proxy. hyper-util has a tunnel too, but it does not tell what the proxy
//! answered, so that nobody could know whether trying again makes sense.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;

use bytes::Bytes;
use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::client::proxy::matcher::Intercept;
use tower::ServiceExt;

use crate::connect::{Stream, Tcp};
use crate::error::BoxError;

/// More than any proxy has to say before the tunnel begins, and the least that hyper takes.
const LARGEST_HEAD: usize = 8 * 1024;

const HTTPS: u16 = 443;

/// Opens a connection that leads to the host of `uri`.
pub(crate) async fn open(proxy: &Intercept, tcp: Tcp, uri: &Uri) -> Result<Stream, BoxError> {
    let question = question(uri, proxy.basic_auth())?;
    ask(tcp.oneshot(proxy.uri().clone()).await?, question).await
}

fn question(uri: &Uri, login: Option<&HeaderValue>) -> http::Result<Request<Empty<Bytes>>> {
    let (host, port) = (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(HTTPS));
    let target = format!("{host}:{port}");
    let question = Request::connect(&target).header(HOST, &target);
    match login {
        Some(login) => question.header(PROXY_AUTHORIZATION, login),
        None => question,
    }
    .body(Empty::new())
}

/// Asks the proxy at the other end of `wire`, which leads to the host once it has agreed.
async fn ask<T>(wire: T, question: Request<Empty<Bytes>>) -> Result<T, BoxError>
where
    T: Read + Write + Unpin,
{
    let (mut sender, mut connection) = http1::Builder::new()
        // As curl and hyper-util write them; not every proxy need know another form.
        .title_case_headers(true)
        .max_buf_size(LARGEST_HEAD)
        .handshake(wire)
        .await?;
    let mut answer = pin!(sender.send_request(question));
    let answer = poll_fn(|context| {
        // Polled here, so that no task is left behind; how it ends, the answer tells.
        let _ = connection.poll_without_shutdown(context);
        answer.as_mut().poll(context)
    });
    let status = answer.await?.status();
    if !status.is_success() {
        return Err(Refused(status).into());
    }
    let http1::Parts { io, read_buf, .. } = connection.into_parts();
    // Behind a tunnel it is the client who begins TLS.
    if !read_buf.is_empty() {
        return Err("the proxy says more than that the tunnel begins".into());
    }
    Ok(io)
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
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const AGREED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

    /// Asks a proxy for the way to `url`: what it was asked, and what came of its answer, after
    /// which it hangs up.
    async fn asked(
        url: &str,
        login: Option<&'static str>,
        answer: &str,
    ) -> (String, Result<(), BoxError>) {
        let (near, mut far) = duplex(64 * 1024);
        let login = login.map(HeaderValue::from_static);
        let question = question(&url.parse().unwrap(), login.as_ref()).unwrap();
        let proxy = async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(far.read_u8().await.unwrap());
            }
            far.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(head).unwrap()
        };
        let (head, opened) = tokio::join!(proxy, ask(TokioIo::new(near), question));
        (head, opened.map(drop))
    }

    async fn error(answer: &str) -> BoxError {
        asked("https://am.example.com/am", None, answer).await.1.unwrap_err()
    }

    #[tokio::test]
    async fn the_proxy_is_asked_for_host_and_port_and_told_who_asks() {
        for (url, target) in [
            ("https://am.example.com/am?x=y", "am.example.com:443"),
            ("https://me@am.example.com:8443/am", "am.example.com:8443"),
            ("https://[fd12::1]/", "[fd12::1]:443"),
        ] {
            let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
            assert_eq!(asked(url, None, AGREED).await.0, format!("{head}\r\n"));
            let with = asked(url, Some("Basic bWU6cHc="), AGREED).await.0;
            assert_eq!(with, format!("{head}Proxy-Authorization: Basic bWU6cHc=\r\n\r\n"));
        }
    }

    #[tokio::test]
    async fn any_success_opens_the_way_whatever_else_its_head_says() {
        for answer in [
            AGREED,
            "HTTP/1.0 200\r\nProxy-Agent: old\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ] {
            let (_, opened) = asked("https://am.example.com/am", None, answer).await;
            assert!(opened.is_ok(), "{answer:?}: {opened:?}");
        }
    }

    #[tokio::test]
    async fn what_follows_an_agreement_is_not_lost_in_silence() {
        let error = error(&format!("{AGREED}220 mail.example.com")).await;
        assert_eq!(error.to_string(), "the proxy says more than that the tunnel begins");
    }

    #[tokio::test]
    async fn a_refusal_is_known_by_its_status_whatever_body_it_has() {
        for (answer, status) in [
            ("HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n", 407),
            ("HTTP/1.1 403 No\r\nContent-Length: 9999\r\n\r\n<html>", 403),
            ("HTTP/1.1 502 Bad\r\nTransfer-Encoding: chunked\r\n\r\nnone of these", 502),
            ("HTTP/1.0 503\r\n\r\nuntil the end", 503),
            ("HTTP/1.1 302 Found\r\nLocation: http://portal.example.com/\r\n\r\n", 302),
            ("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", 101),
        ] {
            let error = error(answer).await;
            let Refused(told) = error.downcast_ref().unwrap_or_else(|| panic!("{error:?}"));
            assert_eq!(*told, status, "{answer:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error_and_no_refusal() {
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(LARGEST_HEAD));
        for answer in [
            "",
            "HTTP/1.1 200 OK\r\nx: y\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n\r\n",
            &endless,
        ] {
            let error = error(answer).await;
            assert!(error.is::<hyper::Error>(), "{answer:?}: {error:?}");
        }
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_not_read_to_its_end() {
        let (near, mut far) = duplex(1024);
        let question = question(&Uri::from_static("https://am.example.com"), None).unwrap();
        let proxy = async {
            let mut said = 0;
            far.read_u8().await.unwrap();
            far.write_all(b"HTTP/1.1 200 OK\r\nx: ").await.unwrap();
            while far.write_all(&[b'y'; 512]).await.is_ok() {
                said += 512;
            }
            said
        };
        let (said, opened) = tokio::join!(proxy, ask(TokioIo::new(near), question));
        assert!(opened.is_err());
        assert!(said < 2 * LARGEST_HEAD, "{said}");
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
