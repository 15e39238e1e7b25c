//! Tokens gone from here, and dead for all who share the store.

use std::{sync::Arc, time::Duration};

use journey_core::{Account, TokenError};
use journey_storage::raise_generation;

use crate::{client::Inner, failure, record::Record};

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
        let stored = self.stored(who).await;
        let removed = match &stored {
            Ok(None) => Ok(()),
            Ok(Some(record)) if record.generation >= generation => Ok(()),
            // What can't be read is removed too: it could only stand in the way.
            _ => self.remove_stored(who, lock.as_deref()).await,
        };
        if let Some(lock) = lock {
            let _ = lock.release().await;
        }
        let stored = stored.ok().flatten().map(Arc::new);
        let mut records: Vec<Arc<Record>> = held.map(|it| it.record).into_iter().collect();
        let unknown = stored.filter(|it| {
            let known = records.iter().any(|known| known.same_token(it));
            it.generation < generation && (!known || !it.untaken.is_empty())
        });
        records.extend(unknown);
        records.extend(entry.map(|it| it.take_left_over()).unwrap_or_default());
        // Raised but not removed, what is left is dead; removed but not raised, others may renew.
        Forgotten { records, local: removed.and(raised) }
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
