//! Lets a token provider end its tokens, within a deadline, and loses nothing of what it tells later.

use std::{sync::Arc, time::Duration};

use journey_core::{
    BoxError, PendingSignOut, SignOutReport, SignOutResult, SignOutStep, TokenError, TokenProvider,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use crate::{account::AccountState, context::Context, error::Error, sign_out::failed_step};

/// What a provider has told, as long as nobody has heard it; afterwards a copy, because whoever heard it
/// may go away before he has passed it on. It is locked as long as the provider is at work.
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
    let work = async move { *place = Some(tokens.end(state.account()).await) };
    told_by(Instant::now() + wait, context, told, work).await
}

/// Waits for a provider that was too slow, and tries again what it could not do.
async fn again(context: Arc<Context>, told: Told) -> SignOutReport {
    let deadline = Instant::now() + context.sign_out_deadline;
    let Ok(mut place) = timeout_at(deadline, Arc::clone(&told).lock_owned()).await else {
        return left_to_do(Error::sign_out_deadline(), &context, told);
    };
    let work = async move {
        if let Some(mut report) = place.take() {
            // A provider that fails beyond its error can be tried again, too.
            *place = Some(copy(&mut report));
            *place = Some(report.retried().await);
        }
    };
    told_by(deadline, &context, told, work).await
}

/// Lets a provider work on a task of its own: it goes on although nobody waits for it any more.
async fn told_by(
    deadline: Instant,
    context: &Arc<Context>,
    told: Told,
    work: impl Future<Output = ()> + Send + 'static,
) -> SignOutReport {
    let task = match context.parts.http.tasks().here() {
        Ok(task) => task,
        Err(error) => return left_to_do(Error::transport(error), context, told),
    };
    match timeout_at(deadline, task.run(work)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return left_to_do(Error::transport(error), context, told),
        Err(_) => return left_to_do(Error::sign_out_deadline(), context, told),
    }
    // Somebody else who tries at the same time may be at it again.
    let Ok(mut place) = timeout_at(deadline, told.lock()).await else {
        return left_to_do(Error::sign_out_deadline(), context, Arc::clone(&told));
    };
    match place.take() {
        Some(mut report) => {
            *place = Some(copy(&mut report));
            report
        }
        None => failed_step(SignOutStep::RevokeTokens, Error::provider_gone()),
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

/// Copies what can be copied; of errors that are none of a token provider's own the text.
fn copy(report: &mut SignOutReport) -> SignOutReport {
    let mut copy = SignOutReport::new();
    for (step, result) in report.steps() {
        let result = match result {
            SignOutResult::Failed(error) => SignOutResult::Failed(copy_of(error)),
            SignOutResult::Skipped => SignOutResult::Skipped,
            SignOutResult::AlreadyDone => SignOutResult::AlreadyDone,
            _ => SignOutResult::Done,
        };
        copy.record(*step, result);
    }
    if report.may_remain() {
        copy.note_remainder();
    }
    if let Some(pending) = report.take_pending() {
        copy.add_pending(pending.clone());
        report.add_pending(pending);
    }
    copy
}

fn copy_of(error: &BoxError) -> BoxError {
    let of_a_provider = error.downcast_ref::<TokenError>().cloned();
    of_a_provider.map_or_else(|| error.to_string().into(), Into::into)
}
