//! Signs a user out: the server is told within a deadline, and nothing stays here whatever it says.

use std::sync::Arc;

use journey_core::{
    LogoutAnswer, PendingSignOut, Session, SignOutReport, SignOutResult, SignOutStep,
};
use journey_transport::CookieJar;
use tokio::time::{Instant, timeout_at};

use crate::{
    account::AccountState,
    context::Context,
    end_tokens::end_tokens,
    error::Error,
    session_api,
    session_store::{self, Wiped},
};

/// Signs out on a task of its own, so that a caller who goes away does not stop it half-way.
pub(crate) async fn run(context: Arc<Context>, state: Arc<AccountState>) -> SignOutReport {
    let task = match context.parts.http.tasks().here() {
        Ok(task) => task,
        Err(error) => {
            // Without a runtime the server can't be asked; what is here can still go.
            let mut report = failed(&state, error);
            let session = session_store::begin_sign_out(&context, &state).await;
            wipe(&context, &state, session, &mut report).await;
            return report;
        }
    };
    let work = {
        let (context, state) = (Arc::clone(&context), Arc::clone(&state));
        async move { sign_out(context, state).await }
    };
    task.run(work).await.unwrap_or_else(|error| failed(&state, error))
}

async fn sign_out(context: Arc<Context>, state: Arc<AccountState>) -> SignOutReport {
    let (start, deadline) = (Instant::now(), context.sign_out_deadline);
    let mut report = SignOutReport::new();
    // First of all, and without waiting for the account's lock: no copy of session and tokens, here or in
    // another process, is handed out or stored from now on. The store keeps the session until the server has
    // been told, so that a process that is killed on the way leaves something to sign out.
    let session = session_store::begin_sign_out(&context, &state).await;
    let jar = CookieJar::import(&state.jar.export()).unwrap_or_default();
    if let Some(tokens) = &context.tokens {
        // A third of the time is left for the session.
        report.merge(end_tokens(&context, &state, tokens, deadline / 3 * 2).await);
    }
    match session.clone() {
        None => report.record(SignOutStep::SessionLogout, SignOutResult::Skipped),
        Some(session) => {
            let ended = end_session_by(start + deadline, &context, &jar, &session).await;
            if !ended.is_ok() {
                report.add_pending(end_session_later(&context, jar, session));
            }
            report.record(SignOutStep::SessionLogout, ended);
        }
    }
    wipe(&context, &state, session, &mut report).await;
    report
}

async fn end_session_by(
    deadline: Instant,
    context: &Context,
    jar: &CookieJar,
    session: &Session,
) -> SignOutResult {
    let ended = timeout_at(deadline, end_session(context, jar, session)).await;
    ended.unwrap_or_else(|_| SignOutResult::Failed(Error::sign_out_deadline().into()))
}

fn end_session_later(context: &Arc<Context>, jar: CookieJar, session: Session) -> PendingSignOut {
    let context = Arc::clone(context);
    PendingSignOut::new(SignOutStep::SessionLogout, move || {
        let (context, jar, session) = (Arc::clone(&context), jar.clone(), session.clone());
        let deadline = Instant::now() + context.sign_out_deadline;
        async move { end_session_by(deadline, &context, &jar, &session).await }
    })
}

async fn end_session(context: &Context, jar: &CookieJar, session: &Session) -> SignOutResult {
    let ended = async {
        let answer = context.session_call(session, jar, Session::logout_request).await?;
        Session::read_logout(&answer).map_err(|it| session_api::failed(it, session))
    };
    match ended.await {
        Ok(LogoutAnswer::Ended) => SignOutResult::Done,
        Ok(LogoutAnswer::AlreadyEnded) => SignOutResult::AlreadyDone,
        Err(error) => SignOutResult::Failed(error.into()),
    }
}

async fn wipe(
    context: &Arc<Context>,
    state: &Arc<AccountState>,
    ended: Option<Session>,
    report: &mut SignOutReport,
) {
    // What the provider could not read is removed here, or by a later try.
    let unread = report.result(SignOutStep::Local).is_some_and(|it| !it.is_ok());
    let (wiped, result) = session_store::wipe(context, state, ended.as_ref()).await;
    context.accounts.pin(state);
    if unread || wiped == Wiped::Unended {
        report.note_remainder();
    }
    let result = match result {
        Ok(()) => SignOutResult::Done,
        Err(error) => {
            report.add_pending(wipe_later(context, state, ended));
            SignOutResult::Failed(error.into())
        }
    };
    report.record(SignOutStep::Local, result);
}

fn wipe_later(
    context: &Arc<Context>,
    state: &Arc<AccountState>,
    ended: Option<Session>,
) -> PendingSignOut {
    let (context, state) = (Arc::clone(context), Arc::clone(state));
    PendingSignOut::reporting(SignOutStep::Local, move || {
        let (context, state, ended) = (Arc::clone(&context), Arc::clone(&state), ended.clone());
        async move {
            let mut report = SignOutReport::new();
            wipe(&context, &state, ended, &mut report).await;
            report
        }
    })
}

fn failed(state: &AccountState, error: journey_transport::Error) -> SignOutReport {
    let step = match state.account().session() {
        Some(_) => SignOutStep::SessionLogout,
        None => SignOutStep::RevokeTokens,
    };
    failed_step(step, Error::transport(error))
}

/// Says that a step failed, and nothing else.
pub(crate) fn failed_step(step: SignOutStep, error: Error) -> SignOutReport {
    let mut report = SignOutReport::new();
    report.record(step, SignOutResult::Failed(error.into()));
    report
}
