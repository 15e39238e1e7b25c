//! A store that stops, or refuses, where a test wants it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use journey_sdk::{
    async_trait,
    storage::{self, Key, KeyPrefix, Lock, Memory, SecretBytes, Storage},
};
use tokio::sync::Notify;

/// Where a call stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the account's lock is taken by somebody who is ready to wait for it.
    Lock,
    /// Before a session is put.
    Session,
    /// After one was put.
    AfterSession,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<(Notify, Notify)>);

impl Stop {
    pub(crate) async fn arrived(&self) {
        self.0.0.notified().await;
    }

    pub(crate) fn release(&self) {
        self.0.1.notify_one();
    }
}

/// A store that can be stopped for one process; clones share what is in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    entries: Memory,
    /// Apart, because the kernel frees the locks of a process that is killed.
    locks: Memory,
    stops: Arc<Mutex<Vec<(Moment, Stop)>>>,
    /// What is refused, and how often still.
    refused: Arc<Mutex<Option<(&'static str, usize)>>>,
}

impl Store {
    /// The same store in another process, which has stops of its own.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { stops: Arc::default(), refused: Arc::default(), ..self.clone() }
    }

    /// The same store in a process that will be killed: its locks are nobody's then.
    pub(crate) fn of_the_dying(&self) -> Self {
        Self { locks: Memory::new(), ..self.elsewhere() }
    }

    pub(crate) fn stop_at(&self, moment: Moment) -> Stop {
        let stop = Stop::default();
        self.stops.lock().unwrap_or_else(PoisonError::into_inner).push((moment, stop.clone()));
        stop
    }

    /// Refuses to put entries with this in their key, so many times.
    pub(crate) fn refuse(&self, part: &'static str, times: usize) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((part, times));
    }

    fn is_refused(&self, key: &Key) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match refused.as_mut() {
            Some((part, times)) if *times > 0 && key.as_str().contains(*part) => {
                *times -= 1;
                true
            }
            _ => false,
        }
    }

    /// Takes the account's lock, as a refresh does.
    pub(crate) async fn lock_account(&self) -> Box<dyn Lock> {
        let keys = self.entries.list(&KeyPrefix::all()).await.expect("memory answers");
        let account = keys.iter().find_map(|it| it.as_str().strip_suffix("session"));
        let key = format!("{}account", account.expect("somebody has signed in"));
        let key = Key::parse(&key).expect("a key of the same account");
        self.locks.lock(&key, Duration::ZERO).await.expect("nobody holds it")
    }

    async fn pass(&self, moment: Moment) {
        let stop = {
            let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
            stops.iter().position(|(it, _)| *it == moment).map(|it| stops.remove(it).1)
        };
        if let Some(stop) = stop {
            stop.0.0.notify_one();
            stop.0.1.notified().await;
        }
    }
}

#[async_trait]
impl Storage for Store {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, storage::Error> {
        self.entries.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        _under: Option<&dyn Lock>,
    ) -> Result<(), storage::Error> {
        if self.is_refused(key) {
            return Err(storage::Error::new(storage::ErrorKind::Full, "there is no space"));
        }
        let is_session = key.as_str().contains("/session");
        if is_session {
            self.pass(Moment::Session).await;
        }
        self.entries.put(key, value, None).await?;
        if is_session {
            self.pass(Moment::AfterSession).await;
        }
        Ok(())
    }

    async fn remove(&self, key: &Key, _under: Option<&dyn Lock>) -> Result<(), storage::Error> {
        self.entries.remove(key, None).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, storage::Error> {
        self.entries.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, storage::Error> {
        if !wait.is_zero() && key.as_str().ends_with("/account") {
            self.pass(Moment::Lock).await;
        }
        self.locks.lock(key, wait).await
    }
}
