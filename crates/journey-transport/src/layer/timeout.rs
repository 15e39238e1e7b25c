//! Ends a call, or one attempt of it, that takes too long.
//!
//! Order: twice in the stack. The deadline is outside the retries and covers their pauses; the
//! attempt timeout is inside them, so that one hung attempt leaves time for another. Both are
//! outside the collecting of the body, so a server that drips is cut off too.

use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Uri};
use tokio::time;
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange};

pub(crate) fn deadline<S>(limit: Duration) -> impl Layer<S, Service = Timeout<S>> {
    layer_fn(move |inner| Timeout { inner, limit, error: Error::deadline })
}

pub(crate) fn attempt<S>(limit: Duration) -> impl Layer<S, Service = Timeout<S>> {
    layer_fn(move |inner| Timeout { inner, limit, error: Error::attempt_timeout })
}

#[derive(Clone)]
pub(crate) struct Timeout<S> {
    inner: S,
    limit: Duration,
    error: fn(&Uri, Duration) -> Error,
}

impl<S: Exchange> Service<Request<Body>> for Timeout<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let uri = request.uri().clone();
        let Self { limit, error, .. } = *self;
        let answer = time::timeout(limit, self.inner.call(request));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(error(&uri, limit))) })
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use bytes::Bytes;
    use http::Response;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::error::{ErrorKind, TimeoutKind};

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_ends_is_ended() {
        let silent = || service_fn(|_| pending::<Result<Response<Bytes>, Error>>());
        let request =
            Request::get("https://am.example.com/am?code=1").body(Body::default()).unwrap();
        let error = deadline(LIMIT).layer(silent()).oneshot(request.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.timeout(), Some(TimeoutKind::Deadline));
        assert_eq!(error.to_string(), "the call to am.example.com took longer than 30s");
        let error = attempt(LIMIT).layer(silent()).oneshot(request).await.unwrap_err();
        assert_eq!(error.timeout(), Some(TimeoutKind::Attempt));
    }
}
