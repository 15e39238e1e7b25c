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
    /// Shared, because every layer above is copied for each attempt, and only the last copy is asked.
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
        if let Poll::Ready(Ok(())) = service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            return Asked::Sent { answer: service.call(request) };
        }
        Asked::Waiting { answer: Box::pin(S::clone(&self.service).oneshot(request)) }
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
    use std::convert::Infallible;

    use tokio::sync::oneshot;
    use tower::ServiceBuilder;
    use tower::load_shed::error::Overloaded;

    use super::*;

    type Gate = oneshot::Receiver<()>;

    /// One at a time, each until its gate opens.
    fn narrow() -> impl Service<Gate, Response = (), Error = Infallible, Future: Send> + Clone + Send
    {
        ServiceBuilder::new().concurrency_limit(1).service_fn(async |gate: Gate| {
            let _ = gate.await;
            Ok(())
        })
    }

    #[tokio::test]
    async fn a_call_waits_until_the_service_is_ready() {
        let mut asking = Asking::new(narrow());
        let (open, first) = oneshot::channel();
        let first = asking.call(first);
        let (_, second) = oneshot::channel();
        let second = tokio::spawn(asking.call(second));
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        open.send(()).unwrap();
        first.await.unwrap();
        second.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_service_that_can_not_become_ready_says_why() {
        let failing = ServiceBuilder::new().load_shed().service(narrow());
        let mut asking = Asking::new(failing);
        let (_open, first) = oneshot::channel();
        let first = asking.call(first);
        let (_, second) = oneshot::channel();
        assert!(asking.call(second).await.unwrap_err().is::<Overloaded>());
        drop(first);
    }
}
