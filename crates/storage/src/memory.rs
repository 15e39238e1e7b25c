//! A store that lasts as long as the process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use crate::{Error, ErrorKind, Key, KeyPrefix, Lock, SecretBytes, Storage};

/// A store in memory, empty at first and wiped when it is dropped.
///
/// Clones share the same entries. Good for tests and for programs that should forget everything
/// when they end.
///
/// ```
/// use journey_storage::{Key, KeyPrefix, Memory, SecretBytes, Storage};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let storage = Memory::new();
/// let key = Key::session("https://am.example.com/am", "/", "demo");
/// storage.clone().put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
/// assert_eq!(storage.list(&KeyPrefix::all()).await?, [key]);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    entries: HashMap<Key, SecretBytes>,
    locks: HashMap<Key, KeyLock>,
}

#[derive(Default)]
struct KeyLock {
    gate: Arc<tokio::sync::Mutex<()>>,
    fence: u64,
}

#[derive(Debug)]
struct MemoryLock {
    key: Key,
    fence: u64,
    _held: OwnedMutexGuard<()>,
}

impl Memory {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done while the guard is held, so a poisoned state is a whole one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self, under: Option<&dyn Lock>) -> Result<(), Error> {
        let Some(lock) = under else { return Ok(()) };
        match self.locks.get(lock.key()) {
            Some(known) if known.fence == lock.fence() => Ok(()),
            _ => Err(Error::new(ErrorKind::LockLost, "the lock was taken by somebody else")),
        }
    }
}

#[async_trait]
impl Storage for Memory {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        Ok(self.state().entries.get(key).cloned())
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        let mut state = self.state();
        state.check(under)?;
        state.entries.insert(key.clone(), value);
        Ok(())
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        let mut state = self.state();
        state.check(under)?;
        state.entries.remove(key);
        Ok(())
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        Ok(self.state().entries.keys().filter(|it| prefix.matches(it)).cloned().collect())
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        let gate = Arc::clone(&self.state().locks.entry(key.clone()).or_default().gate);
        let held = match Arc::clone(&gate).try_lock_owned() {
            Ok(held) => held,
            Err(_) if wait.is_zero() => return Err(timed_out()),
            Err(_) => {
                Handle::try_current().map_err(no_runtime)?;
                timeout(wait, gate.lock_owned()).await.map_err(|_| timed_out())?
            }
        };
        let mut state = self.state();
        let known = state.locks.entry(key.clone()).or_default();
        known.fence += 1;
        Ok(Box::new(MemoryLock { key: key.clone(), fence: known.fence, _held: held }))
    }
}

#[async_trait]
impl Lock for MemoryLock {
    fn key(&self) -> &Key {
        &self.key
    }

    fn fence(&self) -> u64 {
        self.fence
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        Ok(())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.state().entries.len();
        formatter.debug_struct("Memory").field("entries", &count).finish_non_exhaustive()
    }
}

fn timed_out() -> Error {
    Error::new(ErrorKind::LockTimeout, "the lock was not free in time")
}

fn no_runtime(error: tokio::runtime::TryCurrentError) -> Error {
    Error::new(ErrorKind::NoRuntime, "waiting for a lock needs a tokio runtime").with_source(error)
}
