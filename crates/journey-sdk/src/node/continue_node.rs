//! A step of a journey that can be answered.

use std::{fmt, sync::Arc};

use journey_core::{Callback, Page, Step, TypedCallback};

use crate::{
    error::Error,
    exchange::Exchange,
    node::{FailureNode, Node},
};

/// Holds what AM asks, the answers so far, and the way to send them.
pub struct ContinueNode {
    step: Step,
    exchange: Arc<Exchange>,
}

impl ContinueNode {
    pub(crate) fn new(step: Step, exchange: Arc<Exchange>) -> Self {
        Self { step, exchange }
    }

    /// Returns the callbacks in their order.
    pub fn callbacks(&self) -> &[Callback] {
        self.step.callbacks()
    }

    /// Returns the callbacks in their order, to set inputs.
    pub fn callbacks_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Callback> {
        self.step.callbacks_mut()
    }

    /// Returns the first callback of a type.
    pub fn callback<T: TypedCallback>(&self) -> Option<&T> {
        self.step.callback()
    }

    /// Returns the first callback of a type, to set inputs.
    pub fn callback_mut<T: TypedCallback>(&mut self) -> Option<&mut T> {
        self.step.callback_mut()
    }

    /// Returns what surrounds the callbacks: headline, description, stage, hints.
    pub fn page(&self) -> &Page {
        self.step.page()
    }

    /// Returns the headline.
    pub fn header(&self) -> Option<&str> {
        self.step.header()
    }

    /// Returns the text below the headline.
    pub fn description(&self) -> Option<&str> {
        self.step.description()
    }

    /// Returns the stage as it came.
    pub fn stage(&self) -> Option<&str> {
        self.step.stage()
    }

    /// Returns the step itself, for a [`Responder`](journey_core::Responder).
    pub fn step(&self) -> &Step {
        &self.step
    }

    /// Returns the step itself, to set inputs.
    pub fn step_mut(&mut self) -> &mut Step {
        &mut self.step
    }

    /// Sends the answers and returns what AM says next.
    ///
    /// Consumes the step: AM takes each step once. Dropped before it is done, the request still runs to
    /// its end and a session it brings is stored; only the step is lost.
    ///
    /// # Errors
    /// [`FailureNode`] when AM could not be asked; it gives this step back.
    #[tracing::instrument(name = "journey.next", skip_all)]
    pub async fn next(self) -> Result<Node, FailureNode> {
        let request = match self.exchange.start.answer(&self.step) {
            Ok(request) => request,
            Err(error) => return Err(FailureNode::new(Error::core(error), Some(self))),
        };
        // AM may take longer to answer than the caller waits; the step stays here meanwhile, so that it
        // can be given back.
        match Arc::clone(&self.exchange).detached(request).await {
            Ok(node) => Ok(node),
            Err(error) => Err(FailureNode::new(error, Some(self))),
        }
    }
}

impl fmt::Debug for ContinueNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContinueNode").field("step", &self.step).finish_non_exhaustive()
    }
}
