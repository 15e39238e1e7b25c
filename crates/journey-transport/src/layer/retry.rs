//! Sends a request again, when that is safe and promises something.
//!
//! Safe: a request marked [`Idempotent`], or any that has surely not left. Never one whose answer
//! was lost: AM accepts each step, code and refresh token once.
//!
//! Order: inside the deadline, which covers the pauses; outside the attempt timeout, so that each
//! attempt has its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tokio::time::{Instant, Sleep, sleep};
use tower::retry::budget::{Budget, TpsBudget};
use tower::retry::{Policy, RetryLayer};
use tracing::debug;

use crate::body::Body;
use crate::clock::Clock;
use crate::error::Error;
use crate::idempotent::Idempotent;
use crate::layer::Outcome;
use crate::retry_after::retry_after;

/// The ceiling of the first pause; it doubles from try to try.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// However many fail, no more than a fifth of the calls is tried again, and one a second besides.
const BUDGET_WINDOW: Duration = Duration::from_secs(10);
const BUDGET_LEAST: u32 = 1;
const BUDGET_SHARE: f32 = 0.2;

pub(crate) fn layer(attempts: u32, deadline: Duration, clock: Clock) -> RetryLayer<Retries> {
    let budget = TpsBudget::new(BUDGET_WINDOW, BUDGET_LEAST, BUDGET_SHARE);
    let limits = Arc::new(Limits { attempts, deadline, budget, clock });
    RetryLayer::new(Retries { limits, tried: 0, started: None })
}

/// Decides for one call; tower clones it for each.
#[derive(Clone)]
pub(crate) struct Retries {
    limits: Arc<Limits>,
    tried: u32,
    started: Option<Instant>,
}

/// The same for all calls of a client.
struct Limits {
    attempts: u32,
    deadline: Duration,
    budget: TpsBudget,
    clock: Clock,
}

impl Policy<Request<Body>, Response<Bytes>, Error> for Retries {
    type Future = Sleep;

    fn retry(&mut self, request: &mut Request<Body>, outcome: &mut Outcome) -> Option<Sleep> {
        self.tried += 1;
        if let Err(error) = outcome {
            error.set_attempts(self.tried);
        }
        if !self.is_worth_it(request, outcome) {
            self.limits.budget.deposit();
            return None;
        }
        if self.tried >= self.limits.attempts {
            return None;
        }
        let pause = self.pause(outcome);
        if !self.leaves(pause) || !self.limits.budget.withdraw() {
            return None;
        }
        debug!(tried = self.tried, pause_ms = pause.as_millis(), "trying again");
        Some(sleep(pause))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        // Asked before each attempt, on a copy of this policy that belongs to one call.
        if self.tried == 0 {
            self.started = Some(Instant::now());
        }
        // The last attempt needs no copy, but then tower would not tell us how it ended.
        Some(request.clone())
    }
}

impl Retries {
    fn is_worth_it(&self, request: &Request<Body>, outcome: &Outcome) -> bool {
        let harmless = request.extensions().get::<Idempotent>().is_some();
        match outcome {
            Err(error) => error.is_retryable() && (harmless || !error.was_sent()),
            Ok(response) => harmless && is_busy(response.status()),
        }
    }

    /// Tells whether the call goes on for longer than this pause.
    fn leaves(&self, pause: Duration) -> bool {
        let passed = self.started.map_or(Duration::ZERO, |it| it.elapsed());
        self.limits.deadline.saturating_sub(passed) > pause
    }

    /// The server's wish, or a random time up to a ceiling that doubles: clients that failed
    /// together must not come back together.
    fn pause(&self, outcome: &Outcome) -> Duration {
        let wish = match outcome {
            Ok(response) => retry_after(response, (self.limits.clock)()),
            Err(error) => error.retry_after(),
        };
        wish.unwrap_or_else(|| ceiling(self.tried).mul_f64(random_share()))
    }
}

fn is_busy(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn ceiling(tried: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(tried.saturating_sub(1)));
    doubled.min(LONGEST_PAUSE)
}

/// A number from 0 to 1; without random numbers the whole pause is the safe choice.
fn random_share() -> f64 {
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::SystemTime;

    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::error::ErrorKind;

    const DEADLINE: Duration = Duration::from_secs(60);

    #[derive(Clone, Copy)]
    enum Kind {
        Marked,
        Once,
    }

    /// Sends one request to a server that answers so each time; returns the tries and the outcome.
    async fn tries(kind: Kind, answer: impl Fn() -> Outcome + Clone + Send) -> (u32, Outcome) {
        let tries = AtomicU32::new(0);
        let count = &tries;
        let service = service_fn(move |_: Request<Body>| {
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer();
            async { answer }
        });
        let clock: Clock = Arc::new(|| SystemTime::UNIX_EPOCH);
        let service = layer(3, DEADLINE, clock).layer(service);
        let mut request = Request::get("https://am.example.com/am").body(Body::default()).unwrap();
        if let Kind::Marked = kind {
            request.extensions_mut().insert(Idempotent);
        }
        let outcome = service.oneshot(request).await;
        (tries.load(Ordering::SeqCst), outcome)
    }

    fn status(status: u16) -> impl Fn() -> Outcome + Clone {
        move || Ok(Response::builder().status(status).body(Bytes::new()).unwrap())
    }

    fn after(seconds: &'static str) -> impl Fn() -> Outcome + Clone {
        move || {
            let response = Response::builder().status(503).header("retry-after", seconds);
            Ok(response.body(Bytes::new()).unwrap())
        }
    }

    fn lost() -> Outcome {
        Err(Error::new(ErrorKind::Disconnected, "lost"))
    }

    fn not_sent() -> Outcome {
        Err(Error::throttled(&"https://am".parse().unwrap(), Duration::from_secs(1)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_marked_request_is_tried_again() {
        assert_eq!(tries(Kind::Marked, status(503)).await.0, 3);
        assert_eq!(tries(Kind::Marked, status(429)).await.0, 3);
        let (count, outcome) = tries(Kind::Marked, lost).await;
        assert_eq!(count, 3);
        assert_eq!(outcome.unwrap_err().attempts(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_may_have_arrived_is_not_tried_again() {
        assert_eq!(tries(Kind::Once, status(503)).await.0, 1);
        assert_eq!(tries(Kind::Once, after("1")).await.0, 1);
        let (count, outcome) = tries(Kind::Once, lost).await;
        assert_eq!(count, 1);
        assert_eq!(outcome.unwrap_err().attempts(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_has_not_left_is_tried_again() {
        assert_eq!(tries(Kind::Once, not_sent).await.0, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_change_is_not_tried_again() {
        assert_eq!(tries(Kind::Marked, status(200)).await.0, 1);
        assert_eq!(tries(Kind::Marked, status(401)).await.0, 1);
        assert_eq!(tries(Kind::Marked, status(500)).await.0, 1);
        assert_eq!(tries(Kind::Marked, || Err(Error::config("wrong"))).await.0, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_that_the_server_asks_for_is_kept() {
        let start = Instant::now();
        assert_eq!(tries(Kind::Marked, after("7")).await.0, 3);
        assert!(start.elapsed() >= Duration::from_secs(14));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_beyond_the_deadline_is_not_begun() {
        let start = Instant::now();
        assert_eq!(tries(Kind::Marked, after("3600")).await.0, 1);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_in_a_pause_is_not_tried_again() {
        let count = AtomicU32::new(0);
        let counter = &count;
        let answer = move || {
            counter.fetch_add(1, Ordering::SeqCst);
            after("7")()
        };
        let cut = tokio::time::timeout(Duration::from_secs(1), tries(Kind::Marked, answer)).await;
        assert!(cut.is_err());
        sleep(DEADLINE).await;
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_that_has_passed_counts_too() {
        assert_eq!(tries(Kind::Marked, after("40")).await.0, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stays_down_is_not_flooded() {
        let count = AtomicU32::new(0);
        let counter = &count;
        let service = service_fn(move |_: Request<Body>| {
            counter.fetch_add(1, Ordering::SeqCst);
            async { lost() }
        });
        let clock: Clock = Arc::new(|| SystemTime::UNIX_EPOCH);
        let layer = layer(3, DEADLINE, clock);
        for _ in 0..100 {
            let mut request =
                Request::get("https://am.example.com/").body(Body::default()).unwrap();
            request.extensions_mut().insert(Idempotent);
            let _ = layer.layer(service).oneshot(request).await;
        }
        assert!(count.load(Ordering::SeqCst) < 300, "{count:?} tries, no budget");
    }

    #[test]
    fn pauses_double_up_to_a_cap() {
        let millis = |tried| ceiling(tried).as_millis();
        assert_eq!([1, 2, 3, 5, 6, 99].map(millis), [200, 400, 800, 3200, 5000, 5000]);
    }
}
