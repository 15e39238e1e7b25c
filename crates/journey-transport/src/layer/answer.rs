//! What a layer's `call` returns: futures without a box, since there is one per layer and call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;
use pin_project_lite::pin_project;

use crate::error::Error;

/// How a call ended.
pub(crate) type Outcome = Result<Response<Bytes>, Error>;

/// The answer of a service whose type is not known here.
pub(crate) type Boxed = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What a layer still has to do once the layers below have answered.
pub(crate) trait Finish<T = Outcome> {
    fn finish(self, outcome: T) -> Outcome;
}

/// Nothing to do.
impl Finish for () {
    fn finish(self, outcome: Outcome) -> Outcome {
        outcome
    }
}

impl<F: Finish> Finish for Option<F> {
    fn finish(self, outcome: Outcome) -> Outcome {
        match self {
            Some(finish) => finish.finish(outcome),
            None => outcome,
        }
    }
}

pin_project! {
    /// The answer of the layers below, and what is to be done with it; or a refusal to ask them.
    #[project = AnswerProjection]
    pub(crate) enum Answer<F, T = ()> {
        Asked { #[pin] below: F, finish: Option<T> },
        Refused { error: Option<Error> },
    }
}

impl<F, T> Answer<F, T> {
    pub(crate) fn of(below: F, finish: T) -> Self {
        Self::Asked { below, finish: Some(finish) }
    }

    pub(crate) fn refused(error: Error) -> Self {
        Self::Refused { error: Some(error) }
    }
}

impl<F: Future, T: Finish<F::Output>> Future for Answer<F, T> {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let outcome = match self.project() {
            AnswerProjection::Asked { below, finish } => {
                let outcome = ready!(below.poll(context));
                finish.take().map(|it| it.finish(outcome))
            }
            AnswerProjection::Refused { error } => error.take().map(Err),
        };
        match outcome {
            Some(outcome) => Poll::Ready(outcome),
            // Polled after its end, which a future may answer as it likes.
            None => Poll::Pending,
        }
    }
}
