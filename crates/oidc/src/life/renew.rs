//! Tokens made fresh: one attempt at a time per account, on a task of its own.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll};

use journey_core::{AccessToken, Account, Session, TokenError, TokenErrorKind};
use journey_storage::{ErrorKind as StoreKind, Lock};
use secrecy::ExposeSecret;
use tokio::sync::OwnedMutexGuard;

use crate::{
    client::{Inner, OidcClient},
    config::Consent,
    failure,
    life::{
        entry::Entry,
        held::{Freshness, Held},
        keep::ended_meanwhile,
    },
    record::Record,
    wire::{NoTokens, Refreshed},
};

const DOING: &str = "renew the tokens";

/// What a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// A token that is good, old or new.
    Usable,
    /// A new one, whatever the old is worth.
    New,
    /// A new one from the session, with the user's consent.
    Consented,
}

impl OidcClient {
    /// Returns a token as wanted, from the attempt that runs already or from one of its own.
    pub(crate) async fn renewed(
        &self,
        who: &Account,
        want: Want,
    ) -> Result<AccessToken, TokenError> {
        let entry = self.0.accounts.entry(who.id());
        let attempts = entry.attempts();
        if let (Want::Usable, Some(token)) = (want, self.early(who, &entry).await) {
            return Ok(token);
        }
        let seen = entry.held().map(|it| it.record);
        let pass = entry.pass().await;
        // Whatever ended after this call began is as new as this call could make it.
        if entry.attempts() != attempts
            && let Some(outcome) = entry.outcome(who)
            && self.will_do(who, &entry, want, seen.as_deref(), &outcome)
        {
            return outcome;
        }
        let detached = self.0.http.tasks().here().map_err(|it| failure::http(DOING, it))?;
        let work = Arc::clone(&self.0).attempt(who.clone(), entry, pass, want, seen);
        detached.run(work).await.map_err(|it| failure::http(DOING, it))?
    }

    /// Tells whether another caller's outcome is what this one asks for.
    fn will_do(
        &self,
        who: &Account,
        entry: &Entry,
        want: Want,
        seen: Option<&Record>,
        outcome: &Result<AccessToken, TokenError>,
    ) -> bool {
        match (want, outcome) {
            (Want::Consented, _) => false,
            // The other may have asked for less, and been handed what this one has already.
            (Want::New, Ok(token)) => seen
                .is_none_or(|it| it.access_token.expose_secret() != token.value().expose_secret()),
            (Want::Usable, Err(_)) => self.0.still_good(who, entry).is_none(),
            (Want::Usable, Ok(_)) | (Want::New, Err(_)) => true,
        }
    }

    /// Starts to renew a token that is due and hands out the old one, which is still good.
    async fn early(&self, who: &Account, entry: &Arc<Entry>) -> Option<AccessToken> {
        let held = entry.held()?;
        let due = held.record.generation == who.generation()
            && held.token.is_durable()
            && held.checked.elapsed() < self.0.config.recheck
            && held.freshness(self.0.clock.now()) == Freshness::Due;
        if !due {
            return None;
        }
        if let (Some(pass), Ok(detached)) = (entry.try_pass(), self.0.http.tasks().here()) {
            let (inner, entry) = (Arc::clone(&self.0), Arc::clone(entry));
            let seen = Some(Arc::clone(&held.record));
            let work = inner.attempt(who.clone(), entry, pass, Want::Usable, seen);
            let mut run = pin!(detached.run(work));
            // From its first poll on it runs by itself.
            poll_fn(|context| {
                let _ = run.as_mut().poll(context);
                Poll::Ready(())
            })
            .await;
        }
        Some(held.token)
    }
}

impl Inner {
    async fn attempt(
        self: Arc<Self>,
        who: Account,
        entry: Arc<Entry>,
        pass: OwnedMutexGuard<()>,
        want: Want,
        seen: Option<Arc<Record>>,
    ) -> Result<AccessToken, TokenError> {
        let result = self.obtain(&who, &entry, want, seen.as_deref()).await;
        if let Err(error) = &result {
            tracing::debug!(account = ?who.id(), code = error.code(), "got no tokens");
        }
        entry.finish(&who, &result);
        drop(pass);
        result
    }

    async fn obtain(
        &self,
        who: &Account,
        entry: &Entry,
        want: Want,
        seen: Option<&Record>,
    ) -> Result<AccessToken, TokenError> {
        if want == Want::Usable {
            match (self.generation(who).await, self.still_good(who, entry)) {
                (Ok(_), Some(_)) => {
                    if let Some(result) = self.still_wanted(who, entry).await {
                        return result;
                    }
                }
                (Err(_), Some(token)) => return Ok(token),
                (Err(error), None) => return Err(error),
                (Ok(_), None) => {}
            }
        }
        let lock = match self.storage.lock(&Self::lock_key(who), self.config.lock_wait).await {
            Ok(lock) => Some(lock),
            // A store that nobody can write to: there is no one to be kept out.
            Err(error) if matches!(error.kind(), StoreKind::Full | StoreKind::Denied) => None,
            Err(error) => {
                let error = failure::store("lock the account in the store", error);
                return self.served_instead(who, entry, want, error);
            }
        };
        let result = self.obtain_alone(who, entry, want, seen, lock.as_deref()).await;
        if let Some(lock) = lock {
            let _ = lock.release().await;
        }
        result
    }

    /// Hands out again what memory holds, after the store has said that it is still wanted.
    async fn still_wanted(
        &self,
        who: &Account,
        entry: &Entry,
    ) -> Option<Result<AccessToken, TokenError>> {
        let held = entry.held()?;
        let good = match held.freshness(self.clock.now()) {
            Freshness::Good => true,
            Freshness::Due => entry.is_paused(),
            Freshness::Ended => false,
        };
        if !good {
            return None;
        }
        if !held.token.is_durable() {
            return Some(self.store_again(who, entry, held).await);
        }
        self.accounts.checked_now(who.id());
        Some(Ok(held.token))
    }

    /// Works under the account's lock: nobody else spends its refresh token meanwhile.
    async fn obtain_alone(
        &self,
        who: &Account,
        entry: &Entry,
        want: Want,
        seen: Option<&Record>,
        under: Option<&dyn Lock>,
    ) -> Result<AccessToken, TokenError> {
        let generation = self.generation(who).await?;
        let session = who.session_under(generation);
        let best = self.best_known(who, entry, generation, under).await?;
        if let Some(record) = &best {
            let newer = seen.is_none_or(|it| !it.same_token(record));
            let freshness = self.judge(entry, record);
            let will_do = match want {
                Want::Usable => freshness == Freshness::Good,
                Want::New => newer && seen.is_some() && freshness != Freshness::Ended,
                Want::Consented => false,
            };
            if will_do {
                return Ok(self.hold(who, Arc::clone(record), true));
            }
        }
        let refresh_token = best.as_ref().and_then(|it| it.refresh_token.clone());
        if let (Some(record), Some(token), true) = (&best, refresh_token, want != Want::Consented) {
            match self.refresh_grant(who, record, &token).await {
                Ok(Refreshed::Tokens(new)) => return self.keep(who, entry, *new, under).await,
                Ok(Refreshed::InvalidGrant(error)) => {
                    tracing::debug!(account = ?who.id(), "the refresh token is no longer good");
                    if let Some(newer) =
                        self.rotated_elsewhere(who, entry, generation, record).await?
                    {
                        return Ok(self.hold(who, newer, true));
                    }
                    // Its access token lives on at the server by itself.
                    if self.revoke_rest(who, record).await.is_err() {
                        entry.leave_over(record);
                    }
                    // Failing to remove it costs one more refusal later, and nothing else.
                    let _ = self.remove_stored(who, under).await;
                    self.accounts.take(who.id());
                    // A sign-out is one reason for the refusal; then nothing is asked for any more.
                    if self.generation(who).await? != generation {
                        return Err(ended_meanwhile(who));
                    }
                    if matches!(session, Ok(None)) {
                        let message = "the refresh token is no longer good and there is no session";
                        let error = TokenError::new(TokenErrorKind::NeedsSignIn, message)
                            .with_server(error);
                        return Err(error);
                    }
                }
                Err(failed) => {
                    let (record, error) = match failed {
                        NoTokens::Untaken(error, unwanted) => {
                            let kept = self.discard_refreshed(who, entry, record, unwanted, under);
                            (kept.await?, error)
                        }
                        NoTokens::Failed(error) => (Arc::clone(record), error),
                        NoTokens::Unanswered(error) | NoTokens::CodeSpent(error) => {
                            entry.note_remainder();
                            (Arc::clone(record), error)
                        }
                    };
                    let unknown = entry.held().is_none_or(|it| !it.record.same_token(&record));
                    if unknown && self.judge(entry, &record) != Freshness::Ended {
                        self.hold(who, record, true);
                    }
                    return self.served_instead(who, entry, want, error);
                }
            }
        }
        // Nothing is asked for with the session of somebody who is not signed in here any more.
        let Some(session) = session? else {
            let message = "there is neither a session nor a refresh token";
            let error = TokenError::new(TokenErrorKind::NeedsSignIn, message);
            return self.served_instead(who, entry, want, error);
        };
        let consent = match want {
            Want::Consented => Consent::ByApplication,
            Want::Usable | Want::New => self.config.consent,
        };
        let record = match self.authorized(who, entry, &session, consent, generation).await {
            Ok(record) => record,
            Err(error) => return self.served_instead(who, entry, want, error),
        };
        let token = self.keep(who, entry, record, under).await?;
        // With the user's consent new tokens are asked for although the old ones are good still.
        if let (Want::Consented, Some(replaced)) = (want, best) {
            self.discard_replaced(who, entry, &replaced).await;
        }
        Ok(token)
    }

    /// Asks for a code and exchanges it; once more when something on the way has spent the code.
    ///
    /// The server has answered and is well, so there is nothing to wait for, and the second code comes
    /// with a state, a nonce and a verifier of its own.
    async fn authorized(
        &self,
        who: &Account,
        entry: &Entry,
        session: &Session,
        consent: Consent,
        generation: u64,
    ) -> Result<Record, TokenError> {
        let metadata = self.metadata(who).await?;
        let once = async || {
            let authorized = self.authorize(who, session, &metadata, consent).await?;
            self.exchange(who, &metadata, authorized, generation).await
        };
        let exchanged = match once().await {
            Err(NoTokens::CodeSpent(_)) => {
                // Whoever spent it may have been sent tokens, and not every server ends those when
                // the code comes again.
                entry.note_remainder();
                once().await
            }
            exchanged => exchanged,
        };
        match exchanged {
            Ok(record) => Ok(record),
            Err(NoTokens::Untaken(error, unwanted)) => {
                self.discard(who, entry, unwanted).await;
                Err(error)
            }
            Err(NoTokens::Failed(error)) => Err(error),
            Err(NoTokens::Unanswered(error) | NoTokens::CodeSpent(error)) => {
                entry.note_remainder();
                Err(error)
            }
        }
    }

    /// Returns the newest tokens of this generation: the store's, or memory's when the store has
    /// refused those.
    async fn best_known(
        &self,
        who: &Account,
        entry: &Entry,
        generation: u64,
        under: Option<&dyn Lock>,
    ) -> Result<Option<Arc<Record>>, TokenError> {
        let held =
            entry.held().filter(|it| it.record.generation == generation && !it.token.is_durable());
        let mut stored = match (self.stored(who).await, &held) {
            (Ok(stored), _) => stored,
            (Err(_), Some(_)) => None,
            (Err(error), None) => return Err(error),
        };
        if stored.take_if(|it| it.generation < generation).is_some() {
            self.discard_stored(who, entry, generation, under).await;
        }
        let stored = stored.filter(|it| self.fits(it, who, generation)).map(Arc::new);
        let held = held.map(|it| it.record);
        Ok(match (stored, held) {
            (Some(stored), Some(held)) if held.obtained_at < stored.obtained_at => {
                // Nobody else knows of those that the store has refused.
                entry.leave_over(&held);
                Some(stored)
            }
            (stored, None) => stored,
            (_, held) => held,
        })
    }

    /// A refused refresh token may have been spent by someone who works without our lock.
    async fn rotated_elsewhere(
        &self,
        who: &Account,
        entry: &Entry,
        generation: u64,
        refused: &Record,
    ) -> Result<Option<Arc<Record>>, TokenError> {
        let stored = self.stored(who).await?.filter(|it| self.fits(it, who, generation));
        Ok(stored
            .filter(|it| !it.same_token(refused) && self.judge(entry, it) != Freshness::Ended)
            .map(Arc::new))
    }

    /// After a failure a token that is still good is worth more than the error.
    fn served_instead(
        &self,
        who: &Account,
        entry: &Entry,
        want: Want,
        error: TokenError,
    ) -> Result<AccessToken, TokenError> {
        entry.pause(&error);
        match (want, self.still_good(who, entry)) {
            (Want::Usable, Some(token)) => Ok(token),
            _ => Err(error),
        }
    }

    /// Judges stored tokens; those that memory holds too by the clock that ran since they came.
    fn judge(&self, entry: &Entry, record: &Record) -> Freshness {
        let (now, threshold) = (self.clock.now(), self.config.refresh_threshold);
        match entry.held().filter(|it| it.record.same_token(record)) {
            Some(held) => held.freshness(now),
            None => Held::new(Arc::new(record.clone()), true, now, threshold, 0).freshness(now),
        }
    }
}
