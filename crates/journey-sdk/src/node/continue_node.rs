//! A step of a journey that can be answered.

use std::{fmt, sync::Arc};

use http::Request;
use journey_core::{Callback, Page, Resume, Step, TypedCallback};
use secrecy::SecretString;

use crate::{
    error::Error,
    exchange::Exchange,
    node::{FailureNode, Node},
    step_state::StepState,
};

/// Holds what AM asks, the answers so far, and the way to send them.
pub struct ContinueNode {
    step: Step,
    exchange: Arc<Exchange>,
    /// Answers that were given before, to a step that had expired. They are not given a third time.
    second_try: bool,
}

impl ContinueNode {
    pub(crate) fn new(step: Step, exchange: Arc<Exchange>) -> Self {
        Self { step, exchange, second_try: false }
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

    /// Returns the name of the slot that the login will be kept under: `default`, or what
    /// [`StartJourney::account`](crate::StartJourney::account) was told.
    ///
    /// A back end that lets a web page carry the [`StepState`] compares it with whose request it is, so that nobody
    /// goes on with another's journey.
    pub fn account(&self) -> &str {
        &self.exchange.account
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
        if let Err(error) = self.exchange.prepare().await {
            return Err(FailureNode::new(error, Some(self)));
        }
        let request = self.exchange.start.answer(&self.step);
        self.send(request, Vec::new()).await
    }

    /// Goes on with what a browser brought back: the step is sent as it is, with the redirect's parameters.
    ///
    /// # Errors
    /// [`FailureNode`] when AM could not be asked, or the redirect is not for a step; it gives this step back.
    #[tracing::instrument(name = "journey.resume", skip_all)]
    pub async fn resume(self, resume: &Resume) -> Result<Node, FailureNode> {
        if let Err(error) = self.exchange.prepare().await {
            return Err(FailureNode::new(error, Some(self)));
        }
        let request = self.exchange.start.resume_step(&self.step, resume);
        self.send(request, resume.secrets()).await
    }

    /// Writes down the step with its answers, the journey's options and its cookies, so that another process
    /// can go on: [`Journey::continue_from`](crate::Journey::continue_from).
    pub fn to_state(&self) -> StepState {
        StepState::write(&self.step, &self.exchange)
    }

    pub(crate) fn from_parts(step: Step, exchange: Exchange) -> Self {
        Self::new(step, Arc::new(exchange))
    }

    /// `brought` is what goes with the request beside the step.
    async fn send(
        self,
        request: Result<Request<SecretString>, journey_core::Error>,
        brought: Vec<SecretString>,
    ) -> Result<Node, FailureNode> {
        let request = match request {
            Ok(request) => request,
            Err(error) => return Err(FailureNode::new(Error::core(error), Some(self))),
        };
        let sent = |step: &Step| [step.secrets(), brought].concat();
        // The step stays here while AM is asked, so that it can be given back.
        match Arc::clone(&self.exchange).detached(request).await {
            Ok(Node::Error(refused))
                if refused.is_restartable() && !self.second_try && !self.exchange.resumed =>
            {
                Ok(Node::Error(refused.hiding(&sent(&self.step)).with_spent(self)))
            }
            Ok(Node::Error(refused)) => Ok(Node::Error(refused.hiding(&sent(&self.step)))),
            Ok(node) => Ok(node),
            Err(error) => {
                let error = error.hiding(&sent(&self.step));
                Err(FailureNode::new(error, Some(self)))
            }
        }
    }

    /// Starts the journey anew and gives the same answers, if it begins with a step alike.
    pub(crate) async fn answer_anew(self) -> Result<Node, FailureNode> {
        let fresh = Arc::new(self.exchange.anew());
        let begun = match fresh.start.request() {
            Ok(request) => fresh.detached(request).await,
            Err(error) => Err(Error::core(error)),
        };
        match begun {
            Ok(Node::Continue(mut next)) => {
                if !next.step.take_answers_from(&self.step) {
                    return Ok(Node::Continue(next));
                }
                next.second_try = true;
                let request = next.exchange.start.answer(&next.step);
                next.send(request, Vec::new()).await
            }
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
