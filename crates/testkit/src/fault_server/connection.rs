//! HTTP/1.1 by hand, since a good implementation cannot be told to be bad.

use std::future::pending;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time;

use crate::fault_server::Reply;
use crate::fault_server::server::Seen;

/// Serves requests until one side has had enough.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    seen: &Arc<Seen>,
    reset: impl FnOnce(&S) -> io::Result<()>,
) -> io::Result<()> {
    while let Some(request) = read(&mut stream).await? {
        match seen.reply_to(request) {
            Reply::Answer(response) => stream.write_all(&text(&response)).await?,
            Reply::Raw(bytes) => {
                stream.write_all(&bytes).await?;
                return stream.shutdown().await;
            }
            Reply::Stall(bytes) => {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
                return gone(&mut stream).await;
            }
            Reply::Drip(bytes, pause) => {
                for byte in bytes {
                    stream.write_u8(byte).await?;
                    stream.flush().await?;
                    time::sleep(pause).await;
                }
                return pending().await;
            }
            Reply::Reset => return reset(&stream),
        }
        stream.flush().await?;
    }
    Ok(())
}

/// Waits until the client has hung up.
async fn gone<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Reads one request with its body; `None` when the client has closed the connection.
async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|it| it.trim().parse().ok())
        .unwrap_or(0);
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn text(response: &Response<Bytes>) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    let length = format!("content-length: {}\r\n\r\n", response.body().len());
    text.extend_from_slice(length.as_bytes());
    text.extend_from_slice(response.body());
    text
}
