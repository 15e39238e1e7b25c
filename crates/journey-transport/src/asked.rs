//! Waits for a service to be ready as part of the call, so that the limits of time hold for that too.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;
use tower::util::Oneshot;
use tower::{Service, ServiceExt};

/// A service that is always ready, around one that may not be.
pub(crate) struct Asking<S> {
    /// Shared, because every layer above is copied for each call, and only the last copy is asked.
    service: Arc<S>,
}

impl<S> Asking<S> {
    pub(crate) fn new(service: S) -> Self {
        Self { service: Arc::new(service) }
    }
}

impl<S> Clone for Asking<S> {
    fn clone(&self) -> Self {
        Self { service: Arc::clone(&self.service) }
    }
}

impl<S: Service<R> + Clone, R> Service<R> for Asking<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Asked<S, R>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Asked<S, R> {
        let mut service = S::clone(&self.service);
        // Most are ready at once, and then the request need not be kept.
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => Asked::Sent { answer: service.call(request) },
            // One that failed says so again when it is asked.
            Poll::Ready(Err(_)) | Poll::Pending => {
                Asked::Waiting { answer: Box::pin(service.oneshot(request)) }
            }
        }
    }
}

pin_project! {
    /// The answer of a service that may have to become ready first.
    #[project = AskedProjection]
    pub(crate) enum Asked<S, R>
    where
        S: Service<R>,
    {
        Sent { #[pin] answer: S::Future },
        Waiting { answer: Pin<Box<Oneshot<S, R>>> },
    }
}

impl<S: Service<R>, R> Future for Asked<S, R> {
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            AskedProjection::Sent { answer } => answer.poll(context),
            AskedProjection::Waiting { answer } => answer.as_mut().poll(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Becomes ready, or fails, at the second look of whoever asks it.
    #[derive(Clone)]
    struct Slow {
        outcome: Result<(), &'static str>,
        begun: Arc<AtomicU32>,
        is_begun: bool,
    }

    impl Service<&'static str> for Slow {
        type Response = &'static str;
        type Error = &'static str;
        type Future = Ready<Result<&'static str, &'static str>>;

        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            if self.is_begun {
                return Poll::Ready(self.outcome);
            }
            self.is_begun = true;
            self.begun.fetch_add(1, Ordering::SeqCst);
            context.waker().wake_by_ref();
            Poll::Pending
        }

        fn call(&mut self, request: &'static str) -> Self::Future {
            assert!(self.is_begun, "was not ready");
            ready(Ok(request))
        }
    }

    async fn asked(slow: Slow) -> (Result<&'static str, &'static str>, u32) {
        let begun = Arc::clone(&slow.begun);
        let outcome = Asking::new(slow).call("request").await;
        (outcome, begun.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn a_call_waits_until_the_service_is_ready_and_begins_nothing_twice() {
        let slow = Slow { outcome: Ok(()), begun: Arc::default(), is_begun: false };
        assert_eq!(asked(slow).await, (Ok("request"), 1));
    }

    #[tokio::test]
    async fn a_service_that_is_ready_is_asked_at_once() {
        let ready = Slow { outcome: Ok(()), begun: Arc::default(), is_begun: true };
        assert_eq!(asked(ready).await, (Ok("request"), 0));
    }

    #[tokio::test]
    async fn a_service_that_can_not_become_ready_says_why() {
        for is_begun in [true, false] {
            let broken = Slow { outcome: Err("broken"), begun: Arc::default(), is_begun };
            assert_eq!(asked(broken).await.0, Err("broken"));
        }
    }
}
