//! Ends a call that takes too long with all its attempts and pauses.
//!
//! Order: outside the retries, which read from the request how much time is left, so that no
//! pause begins that the end of the call would cut short.

use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use tokio::time::{self, Instant};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange};

pub(crate) fn layer<S>(limit: Duration) -> impl Layer<S, Service = Deadline<S>> {
    layer_fn(move |inner| Deadline { inner, limit })
}

#[derive(Clone)]
pub(crate) struct Deadline<S> {
    inner: S,
    limit: Duration,
}

/// When the call ends; travels with the request. `None` is further away than the clock can count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends(Option<Instant>);

impl Ends {
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now().checked_add(limit))
    }

    /// Tells whether the call goes on for longer than this.
    pub(crate) fn leaves(self, pause: Duration) -> bool {
        self.0.is_none_or(|end| end.saturating_duration_since(Instant::now()) > pause)
    }
}

impl<S: Exchange> Service<Request<Body>> for Deadline<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Answer {
        let limit = self.limit;
        let uri = request.uri().clone();
        request.extensions_mut().insert(Ends::after(limit));
        let answer = time::timeout(limit, self.inner.call(request));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(Error::deadline(&uri, limit))) })
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

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_ends_is_ended() {
        let silent = service_fn(|_| pending::<Result<Response<Bytes>, Error>>());
        let request = Request::get("https://am.example.com/am?code=1").body(Body::default());
        let service = layer(Duration::from_secs(30)).layer(silent);
        let error = service.oneshot(request.unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.timeout(), Some(TimeoutKind::Deadline));
        assert_eq!(error.to_string(), "the call to am.example.com took longer than 30s");
    }

    #[tokio::test(start_paused = true)]
    async fn the_layers_below_know_how_much_time_is_left() {
        let service = service_fn(|request: Request<Body>| async move {
            let ends = request.extensions().get::<Ends>().copied().unwrap();
            let leaves = [59, 60].map(|it| ends.leaves(Duration::from_secs(it)));
            Ok::<_, Error>(Response::new(Bytes::from(format!("{leaves:?}"))))
        });
        let service = layer(Duration::from_secs(60)).layer(service);
        let response = service.oneshot(Request::new(Body::default())).await.unwrap();
        assert_eq!(response.body(), "[true, false]");
    }

    #[test]
    fn a_limit_without_end_leaves_any_pause() {
        assert!(Ends::after(Duration::MAX).leaves(Duration::from_secs(u64::MAX)));
    }
}
