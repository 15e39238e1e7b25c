//! New tokens stored before anyone gets them, and never after a sign-out.

use std::sync::Arc;

use aws_lc_rs::rand;
use journey_core::{AccessToken, Account, TokenError, TokenErrorKind};
use journey_storage::Lock;

use crate::{
    client::Inner,
    life::{entry::Entry, held::Held},
    record::Record,
};

impl Inner {
    /// Stores new tokens and hands them out, unless the account was signed out in the meantime: then
    /// they are removed and revoked.
    pub(super) async fn keep(
        &self,
        who: &Account,
        entry: &Entry,
        record: Record,
        under: Option<&dyn Lock>,
    ) -> Result<AccessToken, TokenError> {
        let record = Arc::new(record);
        let durable = self.slot(who).put(&record, under).await.is_ok();
        if self.has_ended(who, &record).await {
            return Err(self.too_late(who, entry, &record, under).await);
        }
        tracing::debug!(account = ?who.id(), durable, "got new tokens");
        Ok(self.hold(who, record, durable))
    }

    /// Tells whether the account was signed out since these tokens were asked for.
    pub(super) async fn has_ended(&self, who: &Account, record: &Record) -> bool {
        // The account knows of sign-outs in this process, the store of all others. A store that
        // can't be read now could not have told anyone else of one either.
        let generation = self.generation(who).await.unwrap_or_else(|_| who.generation());
        generation != record.generation
    }

    /// Puts tokens into memory.
    pub(super) fn hold(&self, who: &Account, record: Arc<Record>, durable: bool) -> AccessToken {
        let mut jitter = [0];
        // Without random numbers all processes come at once, which is no harm.
        let _ = rand::fill(&mut jitter);
        let (now, threshold) = (self.clock.now(), self.config.refresh_threshold);
        let held = Held::new(record, durable, now, threshold, jitter[0]);
        let token = held.token.clone();
        self.accounts.hold(who.id(), held);
        token
    }

    /// Tries again to store what the store refused before; memory is as good until then.
    pub(super) async fn store_again(
        &self,
        who: &Account,
        entry: &Entry,
        held: Held,
    ) -> Result<AccessToken, TokenError> {
        let wait = self.config.lock_wait;
        let Ok(lock) = self.storage.lock(&Self::lock_key(who), wait).await else {
            return Ok(held.token);
        };
        let stored = self.stored(who).await;
        let newer = stored.ok().flatten().filter(|it| {
            self.fits(it, who, held.record.generation) && it.obtained_at > held.record.obtained_at
        });
        let result = match newer {
            Some(newer) => {
                entry.leave_over(&held.record);
                Ok(self.hold(who, Arc::new(newer), true))
            }
            None => self.keep(who, entry, Record::clone(&held.record), Some(&*lock)).await,
        };
        let _ = lock.release().await;
        result
    }

    /// Removes and revokes tokens that were stored after a sign-out, and returns what the caller is told.
    pub(super) async fn too_late(
        &self,
        who: &Account,
        entry: &Entry,
        record: &Record,
        under: Option<&dyn Lock>,
    ) -> TokenError {
        tracing::debug!(account = ?who.id(), "the account was signed out while tokens came");
        let _ = self.remove_stored(who, under).await;
        if self.revoke_record(who, record).await.is_err() {
            entry.note_remainder();
        }
        // Whoever raised the generation may have been killed before ending those for other scopes.
        self.discard_stored(who, entry, who.generation(), under).await;
        ended_meanwhile(who)
    }
}

/// What a caller is told whose account's generation has risen during the call.
pub(super) fn ended_meanwhile(who: &Account) -> TokenError {
    match who.session() {
        None => TokenError::new(
            TokenErrorKind::NeedsSignIn,
            "the account was signed out while its tokens were on their way",
        ),
        Some(_) => TokenError::new(
            TokenErrorKind::Transient,
            "the tokens were revoked while they were on their way",
        ),
    }
}
