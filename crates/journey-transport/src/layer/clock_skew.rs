//! Compares the server's `Date` with the local clock and keeps the difference.
//!
//! Order: right around one exchange, inside the retries, or the pauses would look like a clock
//! that runs ahead.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, header};

use crate::body::Body;
use crate::clock::{Clock, ClockSkew, SeenSkew};
use crate::error::Error;
use crate::layer::Intercept;

pub(crate) struct WatchClock {
    clock: Clock,
    seen: SeenSkew,
}

impl WatchClock {
    pub(crate) fn new(clock: Clock, seen: SeenSkew) -> Self {
        Self { clock, seen }
    }
}

impl Intercept for WatchClock {
    /// When the request was sent.
    type Seen = SystemTime;

    fn before(&self, _: &mut Request<Body>) -> Result<SystemTime, Error> {
        Ok((self.clock)())
    }

    fn after(&self, sent: SystemTime, response: &mut Response<Bytes>) {
        if let Some(date) = written_at(response.headers()) {
            self.seen.set(ClockSkew::between(date, sent, (self.clock)()));
        }
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

    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::layer::intercept;

    async fn seen(response: http::response::Builder) -> Option<ClockSkew> {
        let response = response.body(Bytes::new()).unwrap();
        let service = service_fn(move |_: Request<Body>| {
            let response = response.clone();
            async { Ok::<_, Error>(response) }
        });
        let seen = SeenSkew::default();
        let clock: Clock = Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
        let request = Request::new(Body::default());
        let layer = intercept::layer(WatchClock::new(clock, seen.clone()));
        layer.layer(service).oneshot(request).await.unwrap();
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
