//! The order of the layers, outside in, with the reason for each place.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, Request, Response};
use http_body::Body as HttpBody;
use tower::{Service, ServiceBuilder};

use crate::asked::Asking;
use crate::body::Body;
use crate::builder::{HttpService, Plugged};
use crate::clock::{Clock, SeenSkew};
use crate::collect::Collect;
use crate::error::BoxError;
use crate::layer::clock_skew::WatchClock;
use crate::layer::cookies::Cookies;
use crate::layer::default_headers::DefaultHeaders;
use crate::layer::https_only::{HttpsOnly, PlainHttp};
use crate::layer::redact::Redact;
use crate::layer::request_id::RequestId;
use crate::layer::throttle::Throttle;
use crate::layer::{Boxed, Exchange, Intercept, intercept, measure, retry, time_limit, trace};

/// All that the layers need to know.
pub(crate) struct Settings {
    pub(crate) attempts: u32,
    pub(crate) attempt_timeout: Duration,
    pub(crate) clock: Clock,
    pub(crate) deadline: Duration,
    pub(crate) headers: HeaderMap,
    pub(crate) max_body: usize,
    pub(crate) plain: PlainHttp,
    pub(crate) sensitive: Vec<HeaderName>,
    pub(crate) skew: SeenSkew,
}

/// The whole stack, as the client holds it: shared, since every call works on a copy of its own.
pub(crate) trait Stack: Send + Sync {
    fn ask(&self, request: Request<Body>) -> Boxed;
}

impl<S: Exchange + Clone + Send + Sync + 'static> Stack for S {
    fn ask(&self, request: Request<Body>) -> Boxed {
        // None of ours has to become ready: what is below them is asked for that in the call.
        Box::pin(self.clone().call(request))
    }
}

/// Puts the stack together over whatever speaks HTTP.
pub(crate) fn over<S, B>(wire: S, plugged: Vec<Plugged>, settings: Settings) -> Arc<dyn Stack>
where
    S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: HttpBody<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    // The whole answer within the limit, so that no layer above waits for a body or holds a stream.
    let wire = Collect::new(wire, settings.max_body);
    if plugged.is_empty() {
        return Arc::new(ours(wire, settings));
    }
    let mut service = HttpService::new(wire);
    // The integrator's layers see what really goes out: after cookies, before the wire.
    for layer in plugged {
        service = layer(service);
    }
    // A layer that is never ready must not outlast the limits of time.
    Arc::new(ours(Asking::new(service), settings))
}

fn ours<S: Exchange + Clone + Send + Sync + 'static>(
    service: S,
    settings: Settings,
) -> impl Exchange + Clone + Send + Sync + 'static + use<S> {
    let Settings { attempts, attempt_timeout, clock, deadline, plain, skew, .. } = settings;
    // First in and last out: nothing may log a header before it is marked.
    let to_every_call = Redact::new(&settings.sensitive)
        // Above all that adds headers, which a default must not replace; the same for all attempts.
        .then(DefaultHeaders::new(settings.headers))
        // Outside the span, which shows it, and the retries, which share it.
        .then(RequestId::new());
    // Inside the retries, which wait for the pause if the deadline leaves room.
    let to_every_attempt = Throttle::new(Clock::clone(&clock))
        // Around one exchange only, or pauses would look like a clock that is wrong.
        .then(WatchClock::new(Clock::clone(&clock), skew))
        // Inside the attempts: the second one carries what the first answer set.
        .then(Cookies::new(Clock::clone(&clock)))
        // The last of ours: whatever the layers above made of the URL is checked.
        .then(HttpsOnly::new(plain));
    ServiceBuilder::new()
        .layer(intercept::layer(to_every_call))
        // One span per call, around the deadline, so that a call that ran out of time ends in it.
        .layer(trace::layer())
        // Around the deadline: what counts is how long the caller waited.
        .layer(measure::layer())
        // Around the retries: the caller's patience covers all attempts and pauses.
        .layer(time_limit::deadline(deadline, attempt_timeout))
        // What one attempt needs is large: in a box, the layers above do not hand it on as a whole.
        .map_future(|it| -> Boxed { Box::pin(it) })
        // Around everything that may be different the second time.
        .layer(retry::layer(attempts, deadline, clock))
        // Around all of one attempt, body included: one that hangs leaves time for another.
        .layer(time_limit::attempt_timeout(attempt_timeout))
        .layer(intercept::layer(to_every_attempt))
        .service(service)
}

#[cfg(test)]
mod tests {
    use std::any::type_name_of_val;
    use std::time::SystemTime;

    use tower::limit::GlobalConcurrencyLimitLayer;
    use tower::{Layer, service_fn};

    use super::*;
    use crate::error::{Error, TimeoutKind};

    fn settings() -> Settings {
        Settings {
            attempts: 1,
            attempt_timeout: Duration::from_secs(10),
            clock: Arc::new(SystemTime::now),
            deadline: Duration::from_secs(30),
            headers: HeaderMap::new(),
            max_body: 0,
            plain: PlainHttp::Nowhere,
            sensitive: Vec::new(),
            skew: SeenSkew::default(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_layer_that_is_never_ready_is_waited_for_as_long_as_an_attempt_may_take() {
        let wire =
            service_fn(|_: Request<Body>| async { Ok::<_, Error>(Response::new(Body::default())) });
        let closed = Arc::new(tokio::sync::Semaphore::new(0));
        let layer: Plugged = Box::new(move |inner| {
            let closed = GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&closed));
            HttpService::new(closed.layer(inner))
        });
        let request = Request::get("https://am.example.com/am").body(Body::default()).unwrap();
        let error = over(wire, vec![layer], settings()).ask(request).await.unwrap_err();
        assert_eq!(error.timeout(), Some(TimeoutKind::Attempt));
    }

    #[test]
    fn the_order_of_the_layers_is_this() {
        let wire = service_fn(|_| async { Ok(Response::new(bytes::Bytes::new())) });
        let stack = ours(HttpService::new(wire), settings());
        let order: Vec<_> = type_name_of_val(&stack)
            .split(['<', '(', ','])
            .map(|it| it.rsplit("::").next().unwrap_or(it).trim_end_matches(['>', ')']))
            .filter(|it| !it.trim().is_empty())
            // After the last service comes the function that puts the answer into a box.
            .take_while(|it| *it != "ours")
            .collect();
        let mut expected = vec![
            "Intercepted",
            "Redact",
            "DefaultHeaders",
            "RequestId",
            "Trace",
            "TimeLimit",
            "Deadline",
            "MapFuture",
            "Retry",
            "Retries",
            "TimeLimit",
            "AttemptTimeout",
            "Intercepted",
            "Throttle",
            "WatchClock",
            "Cookies",
            "HttpsOnly",
            "HttpService",
        ];
        if cfg!(feature = "metrics") {
            expected.insert(5, "Measure");
        }
        assert_eq!(order, expected);
    }
}
