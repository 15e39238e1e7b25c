//! Tokens that came and are not taken: the server honors them, so they must not live on unseen.

use std::sync::Arc;

use futures_util::future::join_all;
use journey_core::{Account, TokenError};
use journey_storage::Lock;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::{
    client::Inner,
    life::entry::Entry,
    record::{Record, Untaken},
    token_answer::Unwanted,
};

/// How many refresh tokens that were not taken are remembered. A server that sends more of them, one
/// after the other, is told of at the sign-out.
const REMEMBERED: usize = 8;

impl Inner {
    /// Ends all that an exchange brought. What the server does not confirm is told of at the sign-out.
    pub(super) async fn discard(&self, who: &Account, entry: &Entry, unwanted: Unwanted) {
        // With the refresh token AM ends the whole grant; others end each by itself.
        let Unwanted { access_token, refresh_token } = &unwanted;
        let revoked = self.revoke_tokens(who, refresh_token, access_token.as_ref());
        if !matches!(timeout(self.config.sign_out_timeout, revoked).await, Ok(Ok(()))) {
            entry.note_remainder();
        }
    }

    /// Ends tokens that others have taken the place of; at the sign-out at the latest. Tells whether
    /// they have ended.
    pub(super) async fn discard_replaced(
        &self,
        who: &Account,
        entry: &Entry,
        record: &Arc<Record>,
    ) -> bool {
        let revoked = timeout(self.config.sign_out_timeout, self.revoke_record(who, record));
        let ended = matches!(revoked.await, Ok(Ok(())));
        if !ended {
            entry.leave_over(record);
        }
        ended
    }

    /// Ends tokens older than `generation` that are still in the store, for whatever scopes: someone
    /// was killed in the middle of a sign-out, or between storing these and reading that they were too
    /// late.
    pub(super) async fn discard_stored(
        &self,
        who: &Account,
        entry: &Entry,
        generation: u64,
        under: Option<&dyn Lock>,
    ) {
        let listed = self.listed(who).await;
        let slots = listed.map_or_else(|_| vec![self.slot(who)], |it| it.slots);
        let each = slots.iter().map(|slot| async move {
            let stored = slot.get().await.ok().flatten();
            let Some(record) = stored.filter(|it| it.generation < generation) else { return };
            // Until they have ended, everybody who shares the store has to know of them.
            if self.discard_replaced(who, entry, &Arc::new(record)).await {
                let _ = slot.remove(under).await;
            }
        });
        join_all(each).await;
    }

    /// Ends what a refresh brought, as far as that does not end the old tokens, which are kept.
    ///
    /// A new refresh token belongs to the same grant: revoking it would end the old access token too
    /// (seen on OpenAM 16.0.5). So it is kept in mind beside the old tokens, in the store, and ends
    /// when they do. Returns the old tokens as they are kept now, or the error of an account that was
    /// signed out in the meantime: then the old tokens are not put back, and the new one ends too.
    pub(super) async fn discard_refreshed(
        &self,
        who: &Account,
        entry: &Entry,
        kept: &Arc<Record>,
        unwanted: Unwanted,
        under: Option<&dyn Lock>,
    ) -> Result<Arc<Record>, TokenError> {
        let Unwanted { access_token, refresh_token } = unwanted;
        let access = Unwanted { access_token, refresh_token: None };
        self.discard(who, entry, access).await;
        let known = |it: &str| {
            let old = kept.refresh_token.as_ref().map(ExposeSecret::expose_secret);
            old == Some(it) || kept.untaken.iter().any(|known| known.0.expose_secret() == it)
        };
        let Some(token) = refresh_token.filter(|it| !known(it.expose_secret())) else {
            return Ok(Arc::clone(kept));
        };
        let mut record = Record::clone(kept);
        record.untaken.push(Untaken(token));
        let record = Arc::new(record);
        let remembered = record.untaken.len() <= REMEMBERED;
        if remembered {
            let durable = self.slot(who).put(&record, under).await.is_ok();
            // In sight of a sign-out in this process before anyone looks whether there was one.
            if !self.accounts.replace(who.id(), kept, &record, durable) && !durable {
                entry.leave_over(&record);
            }
        }
        // A sign-out elsewhere has removed the old tokens, and knew nothing of the new one.
        if self.has_ended(who, &record).await {
            return Err(self.too_late(who, entry, &record, under).await);
        }
        if !remembered {
            entry.note_remainder();
            return Ok(Arc::clone(kept));
        }
        Ok(record)
    }
}
