//! Leaves a server alone for as long as it has asked, whoever of this client asked it before.
//!
//! Order: inside the retries, which wait for the pause when the deadline leaves room for it, and
//! inside the attempt timeout, which knows nothing of pauses because this layer never waits.

use std::task::{Context, Poll};

use http::uri::Authority;
use http::{Request, header};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::clock::Clock;
use crate::error::Error;
use crate::layer::{Answer, Exchange, Finish, Outcome};
use crate::retry_after::{Pauses, retry_after};

pub(crate) fn layer<S>(clock: Clock, pauses: Pauses) -> impl Layer<S, Service = Throttle<S>> {
    layer_fn(move |inner| Throttle { inner, clock: Clock::clone(&clock), pauses: pauses.clone() })
}

#[derive(Clone)]
pub(crate) struct Throttle<S> {
    inner: S,
    clock: Clock,
    pauses: Pauses,
}

impl<S: Exchange> Service<Request<Body>> for Throttle<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<S::Future, Option<Heed>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(server) = request.uri().authority().cloned() else {
            return Answer::of(self.inner.call(request), None);
        };
        if let Some(left) = self.pauses.left(&server) {
            return Answer::refused(Error::throttled(request.uri(), left));
        }
        let (clock, pauses) = (Clock::clone(&self.clock), self.pauses.clone());
        Answer::of(self.inner.call(request), Some(Heed { server, clock, pauses }))
    }
}

pub(crate) struct Heed {
    server: Authority,
    clock: Clock,
    pauses: Pauses,
}

impl Finish for Heed {
    fn finish(self, outcome: Outcome) -> Outcome {
        let response = outcome?;
        if response.headers().contains_key(header::RETRY_AFTER)
            && let Some(pause) = retry_after(&response, (self.clock)())
        {
            self.pauses.note(self.server, pause);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use bytes::Bytes;
    use http::Response;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::error::ErrorKind;

    #[tokio::test(start_paused = true)]
    async fn a_later_call_to_the_same_server_is_held_back_until_the_pause_is_over() {
        let service = service_fn(|_: Request<Body>| async {
            let busy = Response::builder().status(503).header("retry-after", "30");
            Ok::<_, Error>(busy.body(Bytes::new()).unwrap())
        });
        let clock: Clock = Arc::new(|| SystemTime::UNIX_EPOCH);
        let service = layer(clock, Pauses::default()).layer(service);
        let ask = |url: &str| {
            let request = Request::get(url).body(Body::default()).unwrap();
            service.clone().oneshot(request)
        };
        assert_eq!(ask("https://am.example.com/a").await.unwrap().status(), 503);
        let error = ask("https://am.example.com/b").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
        assert!(!error.was_sent());
        assert!(ask("https://other.example.com/").await.is_ok());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(ask("https://am.example.com/b").await.is_ok());
    }
}
