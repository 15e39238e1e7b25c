//! Tokens gone from here, and dead for all who share the store.

use std::{sync::Arc, time::Duration};

use journey_core::{Account, TokenError};
use journey_storage::{ErrorKind, Lock, Slot, raise_generation};

use crate::{
    client::Inner,
    failure,
    life::stored::{Listed, remove},
    record::Record,
};

/// What was found, and whether it is gone from here.
pub(super) struct Forgotten {
    pub(super) records: Vec<Arc<Record>>,
    pub(super) local: Result<(), TokenError>,
}

/// What the store gave up.
struct Taken {
    records: Vec<Record>,
    /// There was something that could not be read.
    unreadable: bool,
    removed: Result<(), TokenError>,
}

impl Inner {
    /// Makes everything that is known of the account's tokens dead, here and for all who share the
    /// store, and removes it. Waits for no lock.
    pub(super) async fn forget(&self, who: &Account) -> Forgotten {
        let raised = self.raise(who).await;
        let generation = who.generation();
        let entry = self.accounts.find(who.id());
        let held = self.accounts.take(who.id());
        // With the lock, if it is free: then nothing that a new sign-in stores can be hit.
        let lock = self.storage.lock(&Self::lock_key(who), Duration::ZERO).await.ok();
        let Taken { records: stored, unreadable, removed } =
            self.take_stored(who, generation, lock.as_deref()).await;
        if let Some(lock) = lock {
            let _ = lock.release().await;
        }
        if unreadable {
            // What it held may live at the server.
            self.accounts.entry(who.id()).note_remainder();
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

    /// Removes what the store has of tokens older than `generation`, for whatever scopes.
    async fn take_stored(&self, who: &Account, generation: u64, under: Option<&dyn Lock>) -> Taken {
        let mut taken = Taken { records: Vec::new(), unreadable: false, removed: Ok(()) };
        // The tokens for these scopes are found without a listing.
        let own = self.slot(who);
        taken.take(&own, generation, under).await;
        match self.listed(who).await {
            Ok(Listed { slots, nameless }) => {
                taken.unreadable |= nameless;
                for slot in slots.iter().filter(|it| it.key() != own.key()) {
                    taken.take(slot, generation, under).await;
                }
            }
            Err(error) => taken.note(Err(error)),
        }
        taken
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
                    if let Ok(Some(stored)) = self.stored(who).await {
                        who.observe_generation(stored.generation);
                    }
                    who.observe_generation(who.generation().saturating_add(1));
                    return Err(failure::store("tell the store of the sign-out", error));
                }
            }
        }
    }
}

impl Taken {
    /// Takes tokens older than `generation` out of the store.
    async fn take(&mut self, slot: &Slot<Record>, generation: u64, under: Option<&dyn Lock>) {
        match slot.get().await {
            Ok(None) => return,
            Ok(Some(record)) if record.generation >= generation => return,
            Ok(Some(record)) => self.records.push(record),
            // It could only stand in the way, now or when a newer release comes back.
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion) => {
                self.unreadable = true;
            }
            // They may be readable the next time, and can be revoked then.
            Err(error) => return self.note(Err(failure::store("read the tokens", error))),
        }
        self.note(remove(slot, under).await);
    }

    /// Keeps the first error.
    fn note(&mut self, result: Result<(), TokenError>) {
        if self.removed.is_ok() {
            self.removed = result;
        }
    }
}
