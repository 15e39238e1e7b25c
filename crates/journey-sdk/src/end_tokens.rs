//! Lets a token provider end its tokens, within a deadline, and loses nothing of what it tells later.

use std::{sync::Arc, time::Duration};

use journey_core::{PendingSignOut, SignOutReport, SignOutResult, SignOutStep, TokenProvider};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use crate::{account::AccountState, context::Context, error::Error, sign_out::failed_step};

/// What a provider has told. It is locked as long as the provider is at work.
type Told = Arc<Mutex<Option<SignOutReport>>>;

/// Lets the provider end the tokens, but waits no longer than `wait`. It goes on by itself; what comes of
/// it is then in the pending part.
pub(crate) async fn end_tokens(
    context: &Arc<Context>,
    state: &Arc<AccountState>,
    tokens: &Arc<dyn TokenProvider>,
    wait: Duration,
) -> SignOutReport {
    let (told, tokens, state) = (Told::default(), Arc::clone(tokens), Arc::clone(state));
    let mut place = Arc::clone(&told).lock_owned().await;
    let work = async move { told_here(&mut place, tokens.end(state.account()).await) };
    told_by(Instant::now() + wait, context, told, work).await
}

/// Waits for a provider that was too slow, and tries again what it could not do.
async fn again(context: Arc<Context>, told: Told) -> SignOutReport {
    let deadline = Instant::now() + context.sign_out_deadline;
    let Ok(mut place) = timeout_at(deadline, Arc::clone(&told).lock_owned()).await else {
        return left_to_do(Error::sign_out_deadline(), &context, told);
    };
    let work = async move {
        match place.take() {
            Some(report) => told_here(&mut place, report.retried().await),
            None => failed_step(SignOutStep::RevokeTokens, Error::provider_gone()),
        }
    };
    told_by(deadline, &context, told, work).await
}

/// Lets a provider work on a task of its own: it goes on although nobody waits for it any more.
async fn told_by(
    deadline: Instant,
    context: &Arc<Context>,
    told: Told,
    work: impl Future<Output = SignOutReport> + Send + 'static,
) -> SignOutReport {
    let task = match context.parts.http.tasks().here() {
        Ok(task) => task,
        Err(error) => return left_to_do(Error::transport(error), context, told),
    };
    match timeout_at(deadline, task.run(work)).await {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => failed_step(SignOutStep::RevokeTokens, Error::transport(error)),
        Err(_) => left_to_do(Error::sign_out_deadline(), context, told),
    }
}

/// Says that the provider has not come to an end; what becomes of it is in the pending part.
fn left_to_do(error: Error, context: &Arc<Context>, told: Told) -> SignOutReport {
    let mut report = failed_step(SignOutStep::RevokeTokens, error);
    let context = Arc::clone(context);
    report.add_pending(PendingSignOut::reporting(SignOutStep::RevokeTokens, move || {
        again(Arc::clone(&context), Arc::clone(&told))
    }));
    report
}

/// Leaves in its place what another try will tell: whoever waits for this one may go away before he has heard it.
fn told_here(place: &mut Option<SignOutReport>, mut report: SignOutReport) -> SignOutReport {
    let mut left = SignOutReport::new();
    for (step, result) in report.steps() {
        let result = match result {
            SignOutResult::Failed(error) => SignOutResult::Failed(error.to_string().into()),
            SignOutResult::Skipped => SignOutResult::Skipped,
            _ => SignOutResult::AlreadyDone,
        };
        left.record(*step, result);
    }
    if report.may_remain() {
        left.note_remainder();
    }
    if let Some(pending) = report.take_pending() {
        left.add_pending(pending.clone());
        report.add_pending(pending);
    }
    *place = Some(left);
    report
}
