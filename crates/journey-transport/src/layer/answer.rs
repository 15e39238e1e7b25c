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
pub(crate) trait Finish {
    fn finish(self, outcome: &mut Outcome);
}

pin_project! {
    /// The answer of the layers below, and what is to be done with it; or a refusal to ask them.
    #[project = AnswerProjection]
    pub(crate) enum Answer<F, T> {
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

impl<F: Future<Output = Outcome>, T: Finish> Future for Answer<F, T> {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        match self.project() {
            AnswerProjection::Asked { below, finish } => {
                let mut outcome = ready!(below.poll(context));
                if let Some(finish) = finish.take() {
                    finish.finish(&mut outcome);
                }
                Poll::Ready(outcome)
            }
            AnswerProjection::Refused { error } => match error.take() {
                Some(error) => Poll::Ready(Err(error)),
                // Polled after its end, which a future may answer as it likes.
                None => Poll::Pending,
            },
        }
    }
}
