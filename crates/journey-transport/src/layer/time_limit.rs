//! Ends what takes too long: a whole call, or one attempt of it.
//!
//! Order: [`Deadline`] right outside the retries, which know the limit too, so that no pause begins
//! that the end of the call would cut short. [`AttemptTimeout`] inside the retries, so that a hung
//! attempt leaves time for another, and outside the collecting of the body, so that a server that
//! drips is cut off too.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Uri};
use pin_project_lite::pin_project;
use tokio::task::coop::{Unconstrained, unconstrained};
use tokio::time::{Instant, Sleep, sleep};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Exchange, Outcome};

/// Limits a call with all its attempts and pauses.
///
/// An attempt that begins early enough is over before the deadline, since it has a limit itself, and
/// so is every pause. Until an attempt could outlast the deadline, which for most calls is never, no
/// timer is set.
pub(crate) fn deadline<S>(
    limit: Duration,
    attempt_timeout: Duration,
) -> impl Layer<S, Service = TimeLimit<Deadline, S>> {
    let untimed = Some(limit.saturating_sub(attempt_timeout));
    layer_fn(move |inner| TimeLimit { kind: PhantomData, inner, limit, untimed })
}

/// Limits one attempt.
pub(crate) fn attempt_timeout<S>(
    limit: Duration,
) -> impl Layer<S, Service = TimeLimit<AttemptTimeout, S>> {
    layer_fn(move |inner| TimeLimit { kind: PhantomData, inner, limit, untimed: None })
}

/// The kind comes first, so that the test of the order can tell the two apart.
#[derive(Clone)]
pub(crate) struct TimeLimit<K, S> {
    kind: PhantomData<K>,
    inner: S,
    limit: Duration,
    /// How long no timer is needed.
    untimed: Option<Duration>,
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
    type Future = InTime<K, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        InTime {
            uri: request.uri().clone(),
            // Before the layers below look at the clock: their pauses must not outlast this limit.
            untimed: self.untimed.map(|it| (Instant::now(), it)),
            below: self.inner.call(request),
            timer: None,
            limit: self.limit,
            kind: PhantomData,
        }
    }
}

pin_project! {
    /// What is under way, until its time has run out.
    pub(crate) struct InTime<K, F> {
        #[pin] below: F,
        // Set only once there is something to wait for. Always asked: what is under way may have used
        // up what a task may do at a time.
        #[pin] timer: Option<Unconstrained<Sleep>>,
        untimed: Option<(Instant, Duration)>,
        limit: Duration,
        uri: Uri,
        kind: PhantomData<K>,
    }
}

impl<K: Kind, F: Future<Output = Outcome>> Future for InTime<K, F> {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut this = self.project();
        if let Poll::Ready(outcome) = this.below.poll(context) {
            return Poll::Ready(outcome);
        }
        if this.timer.is_none() {
            let (passed, untimed) = match this.untimed {
                Some((begun, untimed)) => (begun.elapsed(), *untimed),
                None => (Duration::ZERO, Duration::ZERO),
            };
            if passed < untimed {
                return Poll::Pending;
            }
            this.timer.set(Some(unconstrained(sleep(this.limit.saturating_sub(passed)))));
        }
        if let Some(timer) = this.timer.as_pin_mut() {
            ready!(timer.poll(context));
        }
        Poll::Ready(Err(K::ran_out(this.uri, *this.limit)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Pending, pending};

    use bytes::Bytes;
    use http::Response;
    use tokio::time::advance;
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
        let service = deadline(LIMIT, LIMIT).layer(service_fn(silent));
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

    /// Fails at once and waits some seconds before the next try, until a try hangs as long as it may.
    async fn hangs_after(waits: u64, timeout: Duration) -> (TimeoutKind, Duration) {
        let start = Instant::now();
        let below = service_fn(move |_: Request<Body>| async move {
            for _ in 0..waits {
                sleep(Duration::from_secs(1)).await;
            }
            sleep(timeout).await;
            Err(Error::attempt_timeout(&Uri::from_static("https://am.example.com"), timeout))
        });
        let outcome = deadline(LIMIT, timeout).layer(below).oneshot(request()).await;
        (outcome.unwrap_err().timeout().unwrap(), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_at_its_deadline_whenever_its_last_attempt_began() {
        for timeout in [1, 5, 17, 29, 30, 31, 90].map(Duration::from_secs) {
            for waits in 0..LIMIT.as_secs() {
                let (kind, took) = hangs_after(waits, timeout).await;
                let alone = Duration::from_secs(waits) + timeout;
                assert_eq!(took, alone.min(LIMIT), "{timeout:?} after {waits} s");
                // Both at once may be told as either.
                if alone != LIMIT {
                    let ended_by_itself = kind == TimeoutKind::Attempt;
                    assert_eq!(ended_by_itself, alone < LIMIT, "{timeout:?} after {waits} s");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_always_busy_is_ended_too() {
        let busy = service_fn(|_: Request<Body>| async {
            loop {
                tokio::task::coop::consume_budget().await;
            }
        });
        let call = tokio::spawn(attempt_timeout(LIMIT).layer(busy).oneshot(request()));
        tokio::task::yield_now().await;
        advance(LIMIT).await;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert!(call.is_finished());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_time_is_passed_on() {
        let slow = service_fn(|_| async {
            sleep(LIMIT - Duration::from_millis(1)).await;
            Ok::<_, Error>(Response::new(Bytes::from_static(b"late")))
        });
        let response = attempt_timeout(LIMIT).layer(slow).oneshot(request()).await.unwrap();
        assert_eq!(response.body(), "late");
    }
}
