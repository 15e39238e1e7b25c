//! Runs a journey to its end without a screen.

use std::{error::Error as StdError, fmt, future::IntoFuture, pin::Pin, sync::Arc, time::Duration};

use journey_core::{PollingWaitCallback, Responder, Unanswered};
use tokio::time::{Instant, sleep};

use crate::{
    node::{ContinueNode, ErrorNode, FailureNode, Node, SuccessNode},
    start::StartJourney,
};

/// A journey that still goes round after so many steps is taken for one without an end.
const MOST_STEPS: usize = 100;

/// How long to wait for something elsewhere, such as a tap on a phone.
const POLLING_DEADLINE: Duration = Duration::from_secs(300);

/// Runs a journey when awaited: answers each step with the responder, waits where AM asks to wait.
#[derive(Debug)]
#[must_use = "nothing runs until this is awaited"]
pub struct Run {
    start: StartJourney,
    responder: Arc<dyn Responder>,
    polling_deadline: Duration,
}

impl Run {
    pub(crate) fn new(start: StartJourney, responder: Arc<dyn Responder>) -> Self {
        Self { start, responder, polling_deadline: POLLING_DEADLINE }
    }

    /// Sets how long polling may take in all, from the first wait; 5 minutes unless told.
    pub fn polling_deadline(mut self, deadline: Duration) -> Self {
        self.polling_deadline = deadline;
        self
    }

    async fn go(self) -> Result<SuccessNode, RunError> {
        let mut polling_began = None;
        let mut node = self.start.await?;
        let mut tried_again = false;
        for _ in 0..MOST_STEPS {
            let mut step = match node {
                Node::Continue(step) => step,
                Node::Error(refused) if refused.can_try_again() && !tried_again => {
                    tried_again = true;
                    node = refused.try_again().await?;
                    continue;
                }
                Node::Error(refused) => return Err(RunError::Refused(refused)),
                Node::Success(success) => return Ok(success),
            };
            if let Err(reason) = self.responder.respond(step.step_mut()).await {
                return Err(RunError::unanswered(reason, step));
            }
            if let Some(wait) = step.callback::<PollingWaitCallback>().map(|it| it.wait()) {
                let began = *polling_began.get_or_insert_with(Instant::now);
                if began.elapsed().saturating_add(wait) > self.polling_deadline {
                    let reason = Unanswered::new("what the journey waits for has not happened");
                    return Err(RunError::unanswered(reason, step));
                }
                // AM counts an answer before its time as spam.
                sleep(wait).await;
            }
            node = step.next().await?;
        }
        match node {
            Node::Success(success) => Ok(success),
            Node::Error(refused) => Err(RunError::Refused(refused)),
            Node::Continue(step) => {
                let reason = format!("the journey has not ended after {MOST_STEPS} steps");
                Err(RunError::unanswered(Unanswered::new(reason), step))
            }
        }
    }
}

impl IntoFuture for Run {
    type Output = Result<SuccessNode, RunError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'static>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.go())
    }
}

/// Says why a run did not end in a sign-in.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// AM refused.
    Refused(ErrorNode),
    /// AM was not reached or not understood; it gives the step back.
    Failed(FailureNode),
    /// The responder had no answer.
    #[non_exhaustive]
    Unanswered {
        /// What is missing.
        reason: Unanswered,
        /// The step, for somebody else to answer.
        step: Box<ContinueNode>,
    },
}

impl RunError {
    fn unanswered(reason: Unanswered, step: ContinueNode) -> Self {
        Self::Unanswered { reason, step: Box::new(step) }
    }
}

impl From<FailureNode> for RunError {
    fn from(failed: FailureNode) -> Self {
        Self::Failed(failed)
    }
}

/// For a function that goes from node to node by hand, and returns what [`Run`] returns.
impl From<ErrorNode> for RunError {
    fn from(refused: ErrorNode) -> Self {
        Self::Refused(refused)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => fmt::Display::fmt(refused, f),
            Self::Failed(failed) => fmt::Display::fmt(failed, f),
            Self::Unanswered { reason, .. } => fmt::Display::fmt(reason, f),
        }
    }
}

impl StdError for RunError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Refused(refused) => refused.source(),
            Self::Failed(failed) => failed.source(),
            Self::Unanswered { reason, .. } => reason.source(),
        }
    }
}
