//! Puts each call into a span: method, host, path, status. Never a query, a header or a body.
//!
//! Order: inside redaction, so that nothing secret is printed by whoever subscribes; outside the
//! deadline, so that a call that ran out of time is still seen to end.

use std::task::{Context, Poll};

use http::Request;
use tower::{Layer, Service, layer::layer_fn};
use tracing::instrument::{Instrument, Instrumented};
use tracing::{debug, debug_span};

use crate::body::Body;
use crate::error::Error;
use crate::layer::request_id::TRANSACTION_ID;
use crate::layer::{Answer, Exchange, Finish, Outcome};

pub(crate) fn layer<S>() -> impl Layer<S, Service = Trace<S>> {
    layer_fn(|inner| Trace { inner })
}

#[derive(Clone)]
pub(crate) struct Trace<S> {
    inner: S,
}

impl<S: Exchange> Service<Request<Body>> for Trace<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Instrumented<Answer<S::Future, Note>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let span = debug_span!(
            "http.request",
            method = %request.method(),
            host = request.uri().host(),
            path = request.uri().path(),
            request_id = request.headers().get(TRANSACTION_ID).and_then(|it| it.to_str().ok()),
        );
        let answer = span.in_scope(|| self.inner.call(request));
        Answer::of(answer, Note).instrument(span)
    }
}

pub(crate) struct Note;

impl Finish for Note {
    fn finish(self, outcome: &mut Outcome) {
        match outcome {
            Ok(response) => debug!(
                status = response.status().as_u16(),
                bytes = response.body().len(),
                "answered"
            ),
            Err(error) => debug!(code = error.code(), "failed"),
        }
    }
}
