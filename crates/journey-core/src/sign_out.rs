//! What became of each step of a sign-out, and what is left to do.

use std::{error::Error as StdError, fmt, future::Future, pin::Pin, sync::Arc};

use crate::error::BoxError;

/// Names a step of a sign-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignOutStep {
    /// Refresh and access token revoked at the server (RFC 7009).
    RevokeTokens,
    /// The OpenID Connect session ended (RP-Initiated Logout 1.0).
    EndSession,
    /// AM's own session ended (`/json/sessions?_action=logout`).
    SessionLogout,
    /// Session and tokens removed from this machine.
    Local,
}

/// Says how a step of a sign-out ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignOutResult {
    /// It is done now.
    Done,
    /// It had been done before: the server no longer knew the session or token.
    AlreadyDone,
    /// There was nothing to do.
    Skipped,
    /// It failed; the server may still honor what was to be ended.
    Failed(BoxError),
}

impl SignOutResult {
    /// Returns true unless the step failed.
    pub fn is_ok(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }
}

type Work = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = SignOutResult> + Send>> + Send + Sync>;

/// Holds the steps that failed, with all they need to be tried again.
///
/// Lives in memory only: it holds what is to be revoked, so storing it would keep a live credential.
#[derive(Clone, Default)]
#[must_use = "the server still honors what could not be ended; retry() later"]
pub struct PendingSignOut(Vec<(SignOutStep, Work)>);

impl PendingSignOut {
    /// Makes one from a step and the work that does it.
    pub fn new<F>(step: SignOutStep, work: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = SignOutResult> + Send + 'static,
    {
        Self(vec![(step, Arc::new(move || Box::pin(work())))])
    }

    /// Returns the steps that are left to do.
    pub fn steps(&self) -> impl Iterator<Item = SignOutStep> + '_ {
        self.0.iter().map(|(step, _)| *step)
    }

    /// Tries again, each step by itself; what fails once more is pending in the report.
    pub async fn retry(self) -> SignOutReport {
        let mut report = SignOutReport::new();
        for (step, work) in self.0 {
            let result = work().await;
            if !result.is_ok() {
                report.pending.push((step, work));
            }
            report.steps.push((step, result));
        }
        report
    }

    /// Adds the steps of another.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl fmt::Debug for PendingSignOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingSignOut").field(&self.steps().collect::<Vec<_>>()).finish()
    }
}

/// Tells of every step of a sign-out.
///
/// Whatever it says, the session and the tokens are gone from this machine unless the
/// [`SignOutStep::Local`] step failed.
///
/// ```
/// use journey_core::{SignOutReport, SignOutResult, SignOutStep};
///
/// let mut report = SignOutReport::new();
/// report.record(SignOutStep::SessionLogout, SignOutResult::Done);
/// assert!(report.is_complete());
/// ```
#[derive(Default)]
pub struct SignOutReport {
    steps: Vec<(SignOutStep, SignOutResult)>,
    pending: Vec<(SignOutStep, Work)>,
    may_remain: bool,
}

impl SignOutReport {
    /// Makes an empty report.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds how a step ended.
    pub fn record(&mut self, step: SignOutStep, result: SignOutResult) {
        self.steps.push((step, result));
    }

    /// Adds what is left to do.
    pub fn add_pending(&mut self, pending: PendingSignOut) {
        self.pending.extend(pending.0);
    }

    /// Says that a credential may live on at the server which this client does not know, or could not read.
    pub fn note_remainder(&mut self) {
        self.may_remain = true;
    }

    /// Adds everything another report says.
    pub fn merge(&mut self, other: Self) {
        self.steps.extend(other.steps);
        self.pending.extend(other.pending);
        self.may_remain |= other.may_remain;
    }

    /// Returns true when no step failed and nothing is left to do.
    pub fn is_complete(&self) -> bool {
        self.pending.is_empty() && self.steps.iter().all(|(_, result)| result.is_ok())
    }

    /// Tells whether a credential may live on at the server that this client can't end: an answer was lost on
    /// its way, an entry of the store was damaged, or the tokens were those of another OAuth client. It runs
    /// out by itself.
    pub fn may_remain(&self) -> bool {
        self.may_remain
    }

    /// Returns the steps in the order they were taken.
    pub fn steps(&self) -> &[(SignOutStep, SignOutResult)] {
        &self.steps
    }

    /// Returns how a step ended; none when it was not taken.
    pub fn result(&self, step: SignOutStep) -> Option<&SignOutResult> {
        self.steps.iter().rev().find(|(it, _)| *it == step).map(|(_, result)| result)
    }

    /// Takes out what is left to do, to try it again later.
    pub fn take_pending(&mut self) -> Option<PendingSignOut> {
        let pending = std::mem::take(&mut self.pending);
        (!pending.is_empty()).then_some(PendingSignOut(pending))
    }
}

impl fmt::Debug for SignOutReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending: Vec<_> = self.pending.iter().map(|(step, _)| step).collect();
        f.debug_struct("SignOutReport")
            .field("steps", &self.steps)
            .field("pending", &pending)
            .field("may_remain", &self.may_remain)
            .finish()
    }
}

/// Tells whether the server has ended the tokens; here they are gone in any case.
#[derive(Debug, Default)]
#[must_use = "the server may still honor the tokens; see is_done()"]
pub struct Revocation {
    error: Option<BoxError>,
    pending: Option<PendingSignOut>,
}

impl Revocation {
    /// Says that nothing is left to do.
    pub fn done() -> Self {
        Self::default()
    }

    /// Says that the server has not confirmed, why, and how to try again.
    pub fn pending(error: impl Into<BoxError>, pending: PendingSignOut) -> Self {
        Self { error: Some(error.into()), pending: Some(pending) }
    }

    /// Returns true when the server has confirmed, or there was nothing to revoke.
    pub fn is_done(&self) -> bool {
        self.pending.is_none()
    }

    /// Returns why the server has not confirmed.
    pub fn error(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.as_deref().map(|it| it as &(dyn StdError + 'static))
    }

    /// Takes out what is left to do.
    pub fn into_pending(self) -> Option<PendingSignOut> {
        self.pending
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::atomic::{AtomicU8, Ordering},
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("nothing in these tests waits"),
        }
    }

    #[test]
    fn what_fails_again_stays_pending_until_it_works() {
        let tries = Arc::new(AtomicU8::new(0));
        let pending = PendingSignOut::new(SignOutStep::RevokeTokens, move || {
            let tries = Arc::clone(&tries);
            async move {
                match tries.fetch_add(1, Ordering::Relaxed) {
                    0 => SignOutResult::Failed("the server is down".into()),
                    _ => SignOutResult::Done,
                }
            }
        });
        let mut first = now(pending.retry());
        assert!(!first.is_complete());
        let second = now(first.take_pending().unwrap().retry());
        assert!(second.is_complete());
    }
}
