//! Tells whichever recorder the program has set.

use std::task::{Context, Poll};

use http::{Method, Request};
use metrics::{counter, histogram};
use tokio::time::Instant;
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange, Finish, Outcome};

const CALLS: &str = "journey_http_calls_total";
const SECONDS: &str = "journey_http_call_seconds";

pub(crate) fn layer<S>() -> impl Layer<S, Service = Measure<S>> {
    layer_fn(|inner| Measure { inner })
}

#[derive(Clone)]
pub(crate) struct Measure<S> {
    inner: S,
}

impl<S: Exchange> Service<Request<Body>> for Measure<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<S::Future, Count>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let finish = Count { method: request.method().clone(), start: Instant::now() };
        Answer::of(self.inner.call(request), finish)
    }
}

pub(crate) struct Count {
    method: Method,
    start: Instant,
}

impl Finish for Count {
    fn finish(self, outcome: &mut Outcome) {
        // Few values each: a path or a host would make a series for every realm and tenant.
        let method = self.method.to_string();
        let result = match outcome {
            Ok(response) => response.status().as_str().to_owned(),
            Err(error) => error.code().to_owned(),
        };
        histogram!(SECONDS, "method" => method.clone()).record(self.start.elapsed().as_secs_f64());
        counter!(CALLS, "method" => method, "result" => result).increment(1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http::Response;
    use metrics::{
        Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
        with_local_recorder,
    };
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::error::ErrorKind;

    /// Writes the names and labels down.
    #[derive(Default)]
    struct Notes(Arc<Mutex<Vec<String>>>);

    impl Notes {
        fn note(&self, key: &Key) {
            let labels = key.labels().map(|it| format!(" {}={}", it.key(), it.value()));
            self.0.lock().unwrap().push(format!("{}{}", key.name(), labels.collect::<String>()));
        }
    }

    impl Recorder for Notes {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            self.note(key);
            Counter::noop()
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
            self.note(key);
            Histogram::noop()
        }
    }

    fn measured(outcome: impl Fn() -> Outcome) -> Vec<String> {
        let notes = Notes::default();
        let service = service_fn(|_: Request<Body>| {
            let outcome = outcome();
            async { outcome }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = Request::get("https://am.example.com/am?code=1").body(Body::default());
        with_local_recorder(&notes, || {
            let _ = runtime.block_on(layer().layer(service).oneshot(request.unwrap()));
        });
        let noted = notes.0.lock().unwrap();
        noted.clone()
    }

    #[test]
    fn an_answer_is_counted_by_its_status() {
        let noted = measured(|| Ok(Response::new(Bytes::new())));
        let expected = [
            "journey_http_call_seconds method=GET",
            "journey_http_calls_total method=GET result=200",
        ];
        assert_eq!(noted, expected);
    }

    #[test]
    fn a_failure_is_counted_by_its_code() {
        let noted = measured(|| Err(Error::new(ErrorKind::Disconnected, "lost")));
        assert_eq!(noted[1], "journey_http_calls_total method=GET result=transport.disconnected");
    }
}
