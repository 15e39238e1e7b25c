//! Compares the server's `Date` with the local clock and keeps the difference.
//!
//! Order: right around one exchange, inside the retries, or the pauses would look like a clock
//! that runs ahead.

use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, Request, header};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::clock::{Clock, ClockSkew, SeenSkew};
use crate::error::Error;
use crate::layer::{Answer, Exchange, Finish, Outcome};

pub(crate) fn layer<S>(clock: Clock, seen: SeenSkew) -> impl Layer<S, Service = WatchClock<S>> {
    layer_fn(move |inner| WatchClock { inner, clock: Clock::clone(&clock), seen: seen.clone() })
}

#[derive(Clone)]
pub(crate) struct WatchClock<S> {
    inner: S,
    clock: Clock,
    seen: SeenSkew,
}

impl<S: Exchange> Service<Request<Body>> for WatchClock<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<S::Future, Compare>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (clock, seen) = (Clock::clone(&self.clock), self.seen.clone());
        let finish = Compare { sent: clock(), clock, seen };
        Answer::of(self.inner.call(request), finish)
    }
}

pub(crate) struct Compare {
    sent: SystemTime,
    clock: Clock,
    seen: SeenSkew,
}

impl Finish for Compare {
    fn finish(self, outcome: Outcome) -> Outcome {
        let response = outcome?;
        if let Some(date) = written_at(response.headers()) {
            self.seen.set(ClockSkew::between(date, self.sent, (self.clock)()));
        }
        Ok(response)
    }
}

/// When the server wrote the answer, by its clock; a cache on the way tells how long ago that was.
fn written_at(headers: &HeaderMap) -> Option<SystemTime> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    let date = httpdate::parse_http_date(text(header::DATE)?).ok()?;
    let age = text(header::AGE).and_then(|it| it.parse().ok()).unwrap_or(0);
    date.checked_add(Duration::from_secs(age))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use http::Response;
    use tower::{ServiceExt, service_fn};

    use super::*;

    async fn seen(response: http::response::Builder) -> Option<ClockSkew> {
        let response = response.body(Bytes::new()).unwrap();
        let service = service_fn(move |_: Request<Body>| {
            let response = response.clone();
            async { Ok::<_, Error>(response) }
        });
        let seen = SeenSkew::default();
        let clock: Clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
        let request = Request::new(Body::default());
        layer(clock, seen.clone()).layer(service).oneshot(request).await.unwrap();
        seen.get()
    }

    #[tokio::test]
    async fn a_server_a_minute_ahead_is_noticed() {
        let response = Response::builder().header("date", "Sun, 06 Nov 1994 08:50:37 GMT");
        assert_eq!(seen(response).await, Some(ClockSkew::ServerAhead(Duration::from_secs(60))));
    }

    #[tokio::test]
    async fn a_cached_answer_is_not_taken_for_a_slow_clock() {
        let response =
            Response::builder().header("date", "Sun, 06 Nov 1994 08:48:37 GMT").header("age", "60");
        assert_eq!(seen(response).await, None);
    }

    #[tokio::test]
    async fn a_broken_or_missing_date_says_nothing() {
        assert_eq!(seen(Response::builder()).await, None);
        assert_eq!(seen(Response::builder().header("date", "yesterday")).await, None);
    }
}
