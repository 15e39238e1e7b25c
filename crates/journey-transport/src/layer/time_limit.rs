//! Ends what takes too long: a whole call, or one attempt of it.
//!
//! Order: [`Deadline`] right outside the retries, which know the limit too, so that no pause begins
//! that the end of the call would cut short. [`AttemptTimeout`] inside the retries, so that a hung
//! attempt leaves time for another, and outside the collecting of the body, so that a server that
//! drips is cut off too.

use std::marker::PhantomData;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Uri};
use tokio::time::{self, error::Elapsed};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange, Finish, Outcome};

/// Limits a call with all its attempts and pauses.
pub(crate) fn deadline<S>(limit: Duration) -> impl Layer<S, Service = TimeLimit<Deadline, S>> {
    layer_fn(move |inner| TimeLimit { kind: PhantomData, inner, limit })
}

/// Limits one attempt.
pub(crate) fn attempt_timeout<S>(
    limit: Duration,
) -> impl Layer<S, Service = TimeLimit<AttemptTimeout, S>> {
    layer_fn(move |inner| TimeLimit { kind: PhantomData, inner, limit })
}

/// The kind comes first, so that the test of the order can tell the two apart.
#[derive(Clone)]
pub(crate) struct TimeLimit<K, S> {
    kind: PhantomData<K>,
    inner: S,
    limit: Duration,
}

/// What is limited, and how its end is told.
pub(crate) trait Kind {
    fn ran_out(uri: &Uri, limit: Duration) -> Error;
}

#[derive(Clone)]
pub(crate) enum Deadline {}

impl Kind for Deadline {
    fn ran_out(uri: &Uri, limit: Duration) -> Error {
        Error::deadline(uri, limit)
    }
}

#[derive(Clone)]
pub(crate) enum AttemptTimeout {}

impl Kind for AttemptTimeout {
    fn ran_out(uri: &Uri, limit: Duration) -> Error {
        Error::attempt_timeout(uri, limit)
    }
}

impl<K: Kind, S: Exchange> Service<Request<Body>> for TimeLimit<K, S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<time::Timeout<S::Future>, InTime<K>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let finish = InTime { kind: self.kind, uri: request.uri().clone(), limit: self.limit };
        Answer::of(time::timeout(self.limit, self.inner.call(request)), finish)
    }
}

pub(crate) struct InTime<K> {
    kind: PhantomData<K>,
    uri: Uri,
    limit: Duration,
}

impl<K: Kind> Finish<Result<Outcome, Elapsed>> for InTime<K> {
    fn finish(self, outcome: Result<Outcome, Elapsed>) -> Outcome {
        outcome.unwrap_or_else(|_| Err(K::ran_out(&self.uri, self.limit)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Pending, pending};

    use bytes::Bytes;
    use http::Response;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::error::{ErrorKind, TimeoutKind};

    const LIMIT: Duration = Duration::from_secs(30);

    fn silent(_: Request<Body>) -> Pending<Outcome> {
        pending()
    }

    fn request() -> Request<Body> {
        Request::get("https://am.example.com/am?code=1").body(Body::default()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_ends_is_ended() {
        let service = deadline(LIMIT).layer(service_fn(silent));
        let error = service.oneshot(request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.timeout(), Some(TimeoutKind::Deadline));
        assert_eq!(error.to_string(), "the call to am.example.com took longer than 30s");
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_never_ends_is_ended() {
        let service = attempt_timeout(LIMIT).layer(service_fn(silent));
        let error = service.oneshot(request()).await.unwrap_err();
        assert_eq!(error.timeout(), Some(TimeoutKind::Attempt));
        assert_eq!(error.to_string(), "am.example.com did not answer within 30s");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_time_is_passed_on() {
        let slow = service_fn(|_| async {
            time::sleep(LIMIT - Duration::from_millis(1)).await;
            Ok::<_, Error>(Response::new(Bytes::from_static(b"late")))
        });
        let response = attempt_timeout(LIMIT).layer(slow).oneshot(request()).await.unwrap();
        assert_eq!(response.body(), "late");
    }
}
