//! Tokens ended here and at the server. Nothing waits for a refresh that hangs.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use journey_core::{
    Account, PendingSignOut, Revocation, SignOutReport, SignOutResult, SignOutStep, TokenError,
    TokenErrorKind,
};
use secrecy::SecretString;
use tokio::time::timeout;

use crate::{
    client::{Inner, OidcClient},
    failure,
    record::Record,
};

impl OidcClient {
    pub(crate) async fn revoke_all(&self, who: &Account) -> Result<Revocation, TokenError> {
        const DOING: &str = "revoke the tokens";
        let detached = self.0.http.tasks().here().map_err(|it| failure::http(DOING, it))?;
        let (inner, who) = (Arc::clone(&self.0), who.clone());
        let work = async move {
            let forgotten = inner.forget(&who).await;
            let revoked = revoke_each(&inner, &who, &forgotten.records, None).await;
            // The next revocation or sign-out tries them again, in case nobody does it with what is returned
            // here: nobody else knows of them any more.
            if let Some(Err(_)) = revoked {
                let entry = inner.accounts.entry(who.id());
                forgotten.records.iter().for_each(|it| entry.leave_over(it));
            }
            forgotten.local?;
            let mut revocation = match revoked {
                None | Some(Ok(())) => Revocation::done(),
                Some(Err((error, pending))) => Revocation::pending(error, pending),
            };
            if inner.accounts.find(who.id()).is_some_and(|it| it.has_remainder()) {
                revocation.note_remainder();
            }
            Ok(revocation)
        };
        detached.run(work).await.map_err(|it| failure::http(DOING, it))?
    }

    pub(crate) async fn sign_out(&self, who: &Account) -> SignOutReport {
        let (inner, account) = (Arc::clone(&self.0), who.clone());
        let detached = match self.0.http.tasks().here() {
            Ok(detached) => detached,
            Err(error) => return interrupted(failure::http("sign out", error)),
        };
        let work = async move { inner.sign_out_here_and_there(&account).await };
        match detached.run(work).await {
            Ok(report) => report,
            Err(error) => interrupted(failure::http("sign out", error)),
        }
    }
}

impl Inner {
    async fn sign_out_here_and_there(self: Arc<Self>, who: &Account) -> SignOutReport {
        let limit = Some(self.config.sign_out_timeout);
        let mut report = SignOutReport::new();
        let forgotten = self.forget(who).await;
        let step = SignOutStep::RevokeTokens;
        match revoke_each(&self, who, &forgotten.records, limit).await {
            None => report.record(step, SignOutResult::Skipped),
            Some(Ok(())) => report.record(step, SignOutResult::Done),
            Some(Err((error, pending))) => {
                report.record(step, SignOutResult::Failed(error.into()));
                report.add_pending(pending);
            }
        }
        let step = SignOutStep::EndSession;
        // Of the login that ends now, not of an earlier one whose tokens are still here.
        let newest = forgotten.records.iter().rev().filter(|it| it.id_token.is_some());
        let id_token = newest.max_by_key(|it| it.generation).and_then(|it| it.id_token.clone());
        match id_token {
            None => report.record(step, SignOutResult::Skipped),
            Some(id_token) => match within(limit, self.end_session(who, &id_token)).await {
                Ok(()) => report.record(step, SignOutResult::Done),
                Err(error) => {
                    if error.is_retryable() {
                        report.add_pending(end_later(&self, who, id_token));
                    }
                    report.record(step, SignOutResult::Failed(error.into()));
                }
            },
        }
        let local = match forgotten.local {
            Ok(()) => SignOutResult::Done,
            Err(error) => SignOutResult::Failed(error.into()),
        };
        report.record(SignOutStep::Local, local);
        if self.accounts.find(who.id()).is_some_and(|it| it.take_remainder()) {
            report.note_remainder();
        }
        report
    }

    /// Ends what a record holds: the whole grant by its refresh token, and the access token by itself.
    ///
    /// A refresh whose answer was lost has spent the refresh token without our knowing. AM then says
    /// yes to revoking it and leaves the access token alive (seen on OpenAM 16.0.5).
    pub(super) async fn revoke_record(
        &self,
        who: &Account,
        record: &Record,
    ) -> Result<(), TokenError> {
        let refresh_tokens =
            record.refresh_token.iter().chain(record.untaken.iter().map(|it| &it.0));
        self.revoke_tokens(who, refresh_tokens, Some(&record.access_token)).await
    }

    /// Ends what a record holds beside a refresh token that is no longer good.
    pub(super) async fn revoke_rest(
        &self,
        who: &Account,
        record: &Record,
    ) -> Result<(), TokenError> {
        let untaken = record.untaken.iter().map(|it| &it.0);
        self.revoke_tokens(who, untaken, Some(&record.access_token)).await
    }

    /// Ends tokens, all at once: one that the server does not end, or is silent about, is no reason to
    /// spare the others. The first error comes back.
    ///
    /// A token that ends with its grant while it is asked about is no error (seen on OpenAM 16.0.5).
    pub(super) async fn revoke_tokens<'a>(
        &self,
        who: &Account,
        refresh_tokens: impl IntoIterator<Item = &'a SecretString>,
        access_token: Option<&'a SecretString>,
    ) -> Result<(), TokenError> {
        let refresh_tokens = refresh_tokens.into_iter().map(|it| (it, "refresh_token"));
        let tokens = refresh_tokens.chain(access_token.map(|it| (it, "access_token")));
        let asked = tokens.map(|(token, hint)| self.revoke_token(who, token, hint));
        join_all(asked).await.into_iter().collect()
    }
}

/// Revokes all at once, each within the limit; none when there was nothing. The first error comes back,
/// and what failed, ready to be tried again.
async fn revoke_each(
    inner: &Arc<Inner>,
    who: &Account,
    records: &[Arc<Record>],
    limit: Option<Duration>,
) -> Option<Result<(), (TokenError, PendingSignOut)>> {
    let mut distinct: Vec<&Arc<Record>> = Vec::new();
    for record in records {
        let known = distinct.iter().any(|it| it.same_token(record));
        if !known || !record.untaken.is_empty() {
            distinct.push(record);
        }
    }
    if distinct.is_empty() {
        return None;
    }
    let asked = distinct.iter().map(|it| within(limit, inner.revoke_record(who, it)));
    let mut failed: Option<(TokenError, PendingSignOut)> = None;
    for (record, revoked) in distinct.iter().zip(join_all(asked).await) {
        let Err(error) = revoked else { continue };
        let pending = revoke_later(inner, who, Arc::clone(record));
        match &mut failed {
            Some((_, all)) => all.merge(pending),
            None => failed = Some((error, pending)),
        }
    }
    Some(failed.map_or(Ok(()), Err))
}

fn revoke_later(inner: &Arc<Inner>, who: &Account, record: Arc<Record>) -> PendingSignOut {
    let (inner, who) = (Arc::clone(inner), who.clone());
    PendingSignOut::new(SignOutStep::RevokeTokens, move || {
        let (inner, who, record) = (Arc::clone(&inner), who.clone(), Arc::clone(&record));
        async move {
            let limit = Some(inner.config.sign_out_timeout);
            said(within(limit, inner.revoke_record(&who, &record)).await)
        }
    })
}

fn end_later(inner: &Arc<Inner>, who: &Account, id_token: SecretString) -> PendingSignOut {
    let (inner, who) = (Arc::clone(inner), who.clone());
    PendingSignOut::new(SignOutStep::EndSession, move || {
        let (inner, who, id_token) = (Arc::clone(&inner), who.clone(), id_token.clone());
        async move {
            let limit = Some(inner.config.sign_out_timeout);
            said(within(limit, inner.end_session(&who, &id_token)).await)
        }
    })
}

fn said(result: Result<(), TokenError>) -> SignOutResult {
    match result {
        Ok(()) => SignOutResult::Done,
        Err(error) => SignOutResult::Failed(error.into()),
    }
}

async fn within(
    limit: Option<Duration>,
    work: impl Future<Output = Result<(), TokenError>>,
) -> Result<(), TokenError> {
    let Some(limit) = limit else { return work.await };
    timeout(limit, work).await.unwrap_or_else(|_| {
        let message = "the server did not answer the sign-out in time";
        Err(TokenError::new(TokenErrorKind::Transient, message))
    })
}

/// Nothing could be done at all.
fn interrupted(error: TokenError) -> SignOutReport {
    let mut report = SignOutReport::new();
    report.record(SignOutStep::Local, SignOutResult::Failed(error.into()));
    report
}
