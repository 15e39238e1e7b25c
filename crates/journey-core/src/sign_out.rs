//! What became of each step of a sign-out, and what is left to do.

use std::{
    error::Error as StdError,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

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

type Pinned<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Work = Arc<dyn Fn() -> Pinned<SignOutReport> + Send + Sync>;
type Steps = Vec<(SignOutStep, Work)>;

/// Holds the steps that failed, with all they need to be tried again.
///
/// Lives in memory only: it holds what is to be revoked, so storing it would keep a live credential.
#[derive(Clone, Default)]
#[must_use = "the server still honors what could not be ended; retry() later"]
pub struct PendingSignOut(Steps);

impl PendingSignOut {
    /// Makes one from a step and the work that does it; as long as that fails, it stays pending.
    pub fn new<F>(step: SignOutStep, work: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = SignOutResult> + Send + 'static,
    {
        Self::of(step, Arc::new(work))
    }

    /// Makes one from a step and work that has more to tell than how the step ended: of other steps,
    /// of what [may remain](SignOutReport::may_remain), and of what is left to do after it.
    ///
    /// ```
    /// use journey_core::{PendingSignOut, SignOutReport, SignOutResult, SignOutStep};
    ///
    /// let pending = PendingSignOut::reporting(SignOutStep::Local, || async {
    ///     let mut report = SignOutReport::new();
    ///     report.record(SignOutStep::Local, SignOutResult::Done);
    ///     report.note_remainder();
    ///     report
    /// });
    /// assert_eq!(pending.steps().collect::<Vec<_>>(), [SignOutStep::Local]);
    /// ```
    pub fn reporting<F>(step: SignOutStep, work: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = SignOutReport> + Send + 'static,
    {
        Self(vec![(step, Arc::new(move || Box::pin(work())))])
    }

    fn of<F>(step: SignOutStep, work: Arc<impl Fn() -> F + Send + Sync + 'static>) -> Self
    where
        F: Future<Output = SignOutResult> + Send + 'static,
    {
        Self::reporting(step, move || {
            let (tried, again) = (work(), Arc::clone(&work));
            async move {
                let (mut report, result) = (SignOutReport::new(), tried.await);
                if !result.is_ok() {
                    report.add_pending(Self::of(step, again));
                }
                report.record(step, result);
                report
            }
        })
    }

    /// Returns the steps that are left to do.
    pub fn steps(&self) -> impl Iterator<Item = SignOutStep> + '_ {
        self.0.iter().map(|(step, _)| *step)
    }

    /// Tries again, all steps at once, so that none waits for another that hangs; only AM's own session is ended
    /// after the OpenID Connect one. What fails once more is pending in the report.
    pub async fn retry(self) -> SignOutReport {
        // When AM's own session has ended, AM may not know any more which one the id_token means.
        let (own, others) = split(self.0, SignOutStep::SessionLogout);
        let (openid, others) = split(others, SignOutStep::EndSession);
        let sessions = async {
            let mut report = at_once(openid).await;
            report.merge(at_once(own).await);
            report
        };
        merged(vec![Box::pin(at_once(others)), Box::pin(sessions)]).await
    }

    /// Adds the steps of another.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// Takes out all of one kind.
fn split(steps: Steps, kind: SignOutStep) -> (Steps, Steps) {
    steps.into_iter().partition(|(step, _)| *step == kind)
}

async fn at_once(steps: Steps) -> SignOutReport {
    merged(steps.iter().map(|(_, work)| work()).collect()).await
}

/// Waits for all, in one task; what they tell is in their order.
async fn merged(mut waiting: Vec<Pinned<SignOutReport>>) -> SignOutReport {
    let mut told: Vec<Option<SignOutReport>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (work, told) in waiting.iter_mut().zip(&mut told).filter(|(_, told)| told.is_none()) {
            if let Poll::Ready(report) = work.as_mut().poll(context) {
                *told = Some(report);
            }
        }
        if told.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let mut all = SignOutReport::new();
    told.into_iter().flatten().for_each(|it| all.merge(it));
    all
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
    pending: Steps,
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

    /// Tries again what is left to do. How that ended takes the place of how it ended before; what
    /// [may remain](Self::may_remain) is still told of.
    ///
    /// ```
    /// use journey_core::SignOutReport;
    ///
    /// /// Tries once more, before the program ends.
    /// async fn insist(report: SignOutReport) -> bool {
    ///     report.retried().await.is_complete()
    /// }
    /// ```
    pub async fn retried(mut self) -> Self {
        let Some(pending) = self.take_pending() else { return self };
        self.steps.retain(|(step, _)| pending.steps().all(|it| it != *step));
        self.merge(pending.retry().await);
        self
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
    may_remain: bool,
}

impl Revocation {
    /// Says that nothing is left to do.
    pub fn done() -> Self {
        Self::default()
    }

    /// Says that the server has not confirmed, why, and how to try again.
    pub fn pending(error: impl Into<BoxError>, pending: PendingSignOut) -> Self {
        Self { error: Some(error.into()), pending: Some(pending), may_remain: false }
    }

    /// Says that the server may hold tokens alive which nobody here knows: what was removed could not be read, or
    /// an answer that carried them was lost.
    pub fn note_remainder(&mut self) {
        self.may_remain = true;
    }

    /// Tells whether the server may hold tokens alive that are not known here, until they expire.
    pub fn may_remain(&self) -> bool {
        self.may_remain
    }

    /// Returns true when the server has confirmed, or nothing is known to revoke.
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
        sync::{
            Mutex,
            atomic::{AtomicU8, Ordering},
        },
        task::{Context, Waker},
    };

    use super::*;

    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("nothing in these tests waits"),
        }
    }

    /// Fails so many times, then works.
    fn flaky(step: SignOutStep, failures: u8) -> PendingSignOut {
        let tries = Arc::new(AtomicU8::new(0));
        PendingSignOut::new(step, move || {
            let tries = Arc::clone(&tries);
            async move {
                match tries.fetch_add(1, Ordering::Relaxed) < failures {
                    true => SignOutResult::Failed("the server is down".into()),
                    false => SignOutResult::Done,
                }
            }
        })
    }

    #[test]
    fn what_fails_again_stays_pending_until_it_works() {
        let mut first = now(flaky(SignOutStep::RevokeTokens, 2).retry());
        assert!(!first.is_complete());
        let mut second = now(first.take_pending().unwrap().retry());
        assert!(!second.is_complete());
        let third = now(second.take_pending().unwrap().retry());
        assert!(third.is_complete(), "{third:?}");
    }

    #[test]
    fn a_step_that_hangs_holds_no_other_up() {
        let ended = Arc::new(AtomicU8::new(0));
        let mut pending = PendingSignOut::new(SignOutStep::RevokeTokens, std::future::pending);
        let counter = Arc::clone(&ended);
        pending.merge(PendingSignOut::new(SignOutStep::SessionLogout, move || {
            counter.fetch_add(1, Ordering::Relaxed);
            async { SignOutResult::Done }
        }));
        let mut context = Context::from_waker(Waker::noop());
        let mut retry = pin!(pending.retry());
        assert!(retry.as_mut().poll(&mut context).is_pending());
        assert!(retry.as_mut().poll(&mut context).is_pending());
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_session_of_am_ends_after_the_one_of_openid_connect() {
        let ended = Arc::new(Mutex::new(Vec::new()));
        let slow = |step, mut polls: u8| {
            let ended = Arc::clone(&ended);
            PendingSignOut::new(step, move || {
                let ended = Arc::clone(&ended);
                poll_fn(move |_| match polls {
                    0 => {
                        ended.lock().unwrap().push(step);
                        Poll::Ready(SignOutResult::Done)
                    }
                    _ => {
                        polls -= 1;
                        Poll::Pending
                    }
                })
            })
        };
        let mut pending = slow(SignOutStep::SessionLogout, 0);
        pending.merge(slow(SignOutStep::EndSession, 2));
        pending.merge(slow(SignOutStep::RevokeTokens, 9));
        let mut retry = pin!(pending.retry());
        while retry.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
        let order =
            [SignOutStep::EndSession, SignOutStep::SessionLogout, SignOutStep::RevokeTokens];
        assert_eq!(*ended.lock().unwrap(), order);
    }

    #[test]
    fn a_report_tells_after_another_try_what_it_told_before() {
        let mut report = SignOutReport::new();
        report.record(SignOutStep::EndSession, SignOutResult::Failed("not known".into()));
        report.record(SignOutStep::SessionLogout, SignOutResult::Failed("down".into()));
        report.add_pending(flaky(SignOutStep::SessionLogout, 0));
        report.note_remainder();
        let report = now(report.retried());
        assert!(report.may_remain());
        assert!(!report.result(SignOutStep::EndSession).unwrap().is_ok(), "was not tried again");
        assert!(matches!(report.result(SignOutStep::SessionLogout), Some(SignOutResult::Done)));
        assert_eq!(report.steps().len(), 2);
    }

    #[test]
    fn work_that_reports_says_itself_what_is_left() {
        let pending = PendingSignOut::reporting(SignOutStep::Local, || async {
            let mut report = SignOutReport::new();
            report.record(SignOutStep::Local, SignOutResult::Done);
            report.add_pending(flaky(SignOutStep::RevokeTokens, 0));
            report.note_remainder();
            report
        });
        let mut report = now(pending.retry());
        assert!(report.may_remain() && !report.is_complete());
        let left = report.take_pending().unwrap();
        assert_eq!(left.steps().collect::<Vec<_>>(), [SignOutStep::RevokeTokens]);
        assert!(now(left.retry()).is_complete());
    }
}
