//! Ends one attempt that takes too long.
//!
//! Order: inside the retries, so that a hung attempt leaves time for another; outside the
//! collecting of the body, so that a server that drips is cut off too.

use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Uri};
use tokio::time::{self, error::Elapsed};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange, Finish, Outcome};

pub(crate) fn layer<S>(limit: Duration) -> impl Layer<S, Service = AttemptTimeout<S>> {
    layer_fn(move |inner| AttemptTimeout { inner, limit })
}

#[derive(Clone)]
pub(crate) struct AttemptTimeout<S> {
    inner: S,
    limit: Duration,
}

impl<S: Exchange> Service<Request<Body>> for AttemptTimeout<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<time::Timeout<S::Future>, Limit>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let finish = Limit { uri: request.uri().clone(), limit: self.limit };
        Answer::of(time::timeout(self.limit, self.inner.call(request)), finish)
    }
}

pub(crate) struct Limit {
    uri: Uri,
    limit: Duration,
}

impl Finish<Result<Outcome, Elapsed>> for Limit {
    fn finish(self, outcome: Result<Outcome, Elapsed>) -> Outcome {
        outcome.unwrap_or_else(|_| Err(Error::attempt_timeout(&self.uri, self.limit)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use bytes::Bytes;
    use http::Response;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::error::TimeoutKind;

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_never_ends_is_ended() {
        let silent = service_fn(|_| pending::<Result<Response<Bytes>, Error>>());
        let request = Request::get("https://am.example.com/am?code=1").body(Body::default());
        let service = layer(Duration::from_secs(30)).layer(silent);
        let error = service.oneshot(request.unwrap()).await.unwrap_err();
        assert_eq!(error.timeout(), Some(TimeoutKind::Attempt));
        assert_eq!(error.to_string(), "am.example.com did not answer within 30s");
    }
}
