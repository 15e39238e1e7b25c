//! The body of a request: whole, cheap to copy, silent in logs.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use secrecy::{ExposeSecret, SecretString};

/// Holds the whole body of a request.
///
/// Whole, so that a request can be sent a second time; cloning copies a pointer, not the bytes.
/// Its `Debug` shows nothing, because most bodies here carry a password, a code or a token.
///
/// ```
/// use journey_transport::Body;
/// use secrecy::SecretString;
///
/// let body = Body::from(SecretString::from("IDToken2=hunter2"));
/// assert_eq!(format!("{body:?}"), "Body { .. }");
/// assert_eq!(http_body::Body::size_hint(&body).exact(), Some(16));
/// ```
#[derive(Clone, Default)]
pub struct Body(Full<Bytes>);

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Full::new(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

/// Takes the secret without copying it; it is wiped when the last clone of the body is dropped.
impl From<SecretString> for Body {
    fn from(secret: SecretString) -> Self {
        Bytes::from_owner(Owner(secret)).into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

struct Owner(SecretString);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_secret_body_is_sent_as_it_is() {
        let body = Body::from(SecretString::from("code=4711"));
        let sent = body.clone().collect().await.unwrap().to_bytes();
        assert_eq!(sent, "code=4711");
    }

    #[test]
    fn a_secret_body_is_not_copied() {
        let secret = SecretString::from("code=4711");
        let before = secret.expose_secret().as_ptr();
        let bytes = Bytes::from_owner(Owner(secret));
        assert_eq!(bytes.as_ptr(), before);
    }

    #[test]
    fn an_empty_body_has_nothing_to_send() {
        assert!(http_body::Body::is_end_stream(&Body::default()));
    }
}
