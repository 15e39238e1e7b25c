//! Tokens gone from here, and dead for all who share the store.

use std::{sync::Arc, time::Duration};

use journey_core::{Account, TokenError, TokenErrorKind};
use journey_storage::{Lock, Slot, raise_generation};

use crate::{client::Inner, failure, life::stored::remove, record::Record};

/// What was found, and whether it is gone from here.
pub(super) struct Forgotten {
    pub(super) records: Vec<Arc<Record>>,
    pub(super) local: Result<(), TokenError>,
}

impl Inner {
    /// Makes everything that is known of the account's tokens dead, here and for all who share the
    /// store, and removes it. Waits for no lock.
    pub(super) async fn forget(&self, who: &Account) -> Forgotten {
        let raised = self.raise(who).await;
        let generation = who.generation();
        let entry = self.accounts.find(who.id());
        let held = entry.as_ref().and_then(|it| it.take());
        // With the lock, if it is free: then nothing that a new sign-in stores can be hit.
        let lock = self.storage.lock(&Self::lock_key(who), Duration::ZERO).await.ok();
        let (stored, removed) = self.take_stored(who, generation, lock.as_deref()).await;
        if let Some(lock) = lock {
            let _ = lock.release().await;
        }
        let mut records: Vec<Arc<Record>> = held.map(|it| it.record).into_iter().collect();
        for record in stored {
            let known = records.iter().any(|known| known.same_token(&record));
            if !known || !record.untaken.is_empty() {
                records.push(Arc::new(record));
            }
        }
        records.extend(entry.map(|it| it.take_left_over()).unwrap_or_default());
        // Raised but not removed, what is left is dead; removed but not raised, others may renew.
        Forgotten { records, local: removed.and(raised) }
    }

    /// Removes what the store has of tokens older than `generation`, for whatever scopes, and returns
    /// what could be read of it.
    async fn take_stored(
        &self,
        who: &Account,
        generation: u64,
        under: Option<&dyn Lock>,
    ) -> (Vec<Record>, Result<(), TokenError>) {
        let mut taken = Vec::new();
        let mut slots = self.slots(who).await;
        let mut removed = Ok(());
        if let Err(error) = &slots {
            // The tokens for these scopes are found without a listing. If they are what it could not
            // read, it can be read now.
            removed = take(&self.slot(who), generation, under, &mut taken).await;
            if error.kind() == TokenErrorKind::StoreCorrupt {
                slots = self.slots(who).await;
            }
        }
        let (slots, listed) = match slots {
            Ok(slots) => (slots, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        for slot in slots {
            removed = removed.and(take(&slot, generation, under, &mut taken).await);
        }
        (taken, removed.and(listed))
    }

    /// Raises the generation beyond all that is known of it: in the store, else in memory at least.
    async fn raise(&self, who: &Account) -> Result<(), TokenError> {
        let (before, key) = (who.generation(), Self::generation_key(who));
        loop {
            match raise_generation(&*self.storage, &key).await {
                Ok(raised) => {
                    who.observe_generation(raised);
                    // Memory may be ahead, when the store has refused before.
                    if raised > before {
                        return Ok(());
                    }
                }
                Err(error) => {
                    // Beyond what the store's own tokens may belong to, if that can be read.
                    let _ = self.generation(who).await;
                    who.observe_generation(who.generation().saturating_add(1));
                    return Err(failure::store("tell the store of the sign-out", error));
                }
            }
        }
    }
}

/// Removes tokens older than `generation`, and adds them to what was taken if they can be read.
async fn take(
    slot: &Slot<Record>,
    generation: u64,
    under: Option<&dyn Lock>,
    taken: &mut Vec<Record>,
) -> Result<(), TokenError> {
    match slot.get().await {
        Ok(None) => return Ok(()),
        Ok(Some(record)) if record.generation >= generation => return Ok(()),
        Ok(Some(record)) => taken.push(record),
        // What can't be read is removed too: it could only stand in the way.
        Err(_) => {}
    }
    remove(slot, under).await
}
