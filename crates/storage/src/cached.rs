//! A store with a memory in front of it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Key, KeyPrefix, Lock, SecretBytes, Storage};

/// When [`Cached`] answers from memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CachePolicy {
    /// Never: every call asks the store.
    #[default]
    None,
    /// Whenever it knows a value. What other processes write is seen once a lock is taken.
    Memory,
    /// When the store fails: the last value that was read or written is used until it works again.
    MemoryOnFailure,
}

/// Keeps in memory what was read and written, as far as its [`CachePolicy`] says.
///
/// A write goes to the store, and its error to the caller, under every policy. Where memory makes
/// up for a store that failed, [`failure`](Cached::failure) tells; a write that was refused is not
/// tried again by itself. Taking a lock forgets what was remembered of the account, so that
/// whoever holds it sees what others have written.
///
/// What was read stays in memory until it is removed: not for programs with very many accounts.
///
/// ```
/// use journey_storage::{CachePolicy, Cached, Key, Memory, SecretBytes, Storage};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let storage = Cached::new(Memory::new(), CachePolicy::Memory);
/// let key = Key::session("https://am.example.com/am", "/", "demo");
/// storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
///
/// storage.inner().remove(&key, None).await?;
/// assert!(storage.get(&key).await?.is_some());
/// assert_eq!(storage.failure(), None);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Cached<S> {
    inner: S,
    policy: CachePolicy,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    values: HashMap<Key, Known>,
    failure: Option<ErrorKind>,
    /// Rises with every write, so that a slow read does not bring back what was replaced meanwhile.
    writes: u64,
}

#[derive(Clone, Default)]
struct Known {
    /// What the store held when it last answered; `None` if it never did.
    stored: Option<Option<SecretBytes>>,
    /// What the store refused to write, with the reason.
    refused: Option<(Option<SecretBytes>, ErrorKind)>,
}

impl<S: Storage> Cached<S> {
    /// Puts a memory in front of a store.
    pub fn new(inner: S, policy: CachePolicy) -> Self {
        Self { inner, policy, state: Arc::default() }
    }

    /// The store behind the memory.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The failure of the store that memory made up for, until the store works again.
    pub fn failure(&self) -> Option<ErrorKind> {
        self.state().failure
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done while the guard is held, so a poisoned state is a whole one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_write(&self) -> u64 {
        let mut state = self.state();
        state.writes += 1;
        state.writes
    }

    fn end_write(
        &self,
        key: &Key,
        value: Option<SecretBytes>,
        written: &Result<(), Error>,
        writes: u64,
    ) {
        let mut state = self.state();
        // With two writes at once, who was last is for the store to say.
        let is_only_one = state.writes == writes;
        state.writes += 1;
        match written {
            Ok(()) if is_only_one && self.policy != CachePolicy::None && value.is_some() => {
                state.failure = None;
                state.values.insert(key.clone(), Known { stored: Some(value), refused: None });
            }
            Err(error)
                if self.policy == CachePolicy::MemoryOnFailure
                    && error.kind() != ErrorKind::LockLost =>
            {
                state.values.entry(key.clone()).or_default().refused = Some((value, error.kind()));
            }
            _ => {
                state.values.remove(key);
            }
        }
    }

    /// Whether memory has the answer, and what the store said otherwise.
    fn end_read(
        &self,
        key: &Key,
        read: Result<Option<SecretBytes>, Error>,
        writes: u64,
    ) -> Result<Option<SecretBytes>, Error> {
        let mut state = self.state();
        let is_current = state.writes == writes;
        let known = state.values.get(key).cloned().unwrap_or_default();
        match (read, known.refused) {
            (Ok(value), Some((refused, reason))) if is_same(&known.stored, &value) => {
                state.failure = Some(reason);
                Ok(refused)
            }
            (Ok(value), _) => {
                state.failure = None;
                state.values.remove(key);
                if is_current && self.policy != CachePolicy::None {
                    let known = Known { stored: Some(value.clone()), refused: None };
                    state.values.insert(key.clone(), known);
                }
                Ok(value)
            }
            (Err(error), refused) if self.policy == CachePolicy::MemoryOnFailure => {
                // That a value was absent once does not make it so now: nobody is signed out by a
                // store that fails.
                let stored = known.stored.filter(Option::is_some);
                let Some(value) = refused.map(|it| it.0).or(stored) else {
                    return Err(error);
                };
                state.failure = Some(error.kind());
                Ok(value)
            }
            (Err(error), _) => Err(error),
        }
    }
}

#[async_trait]
impl<S: Storage> Storage for Cached<S> {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let writes = {
            let state = self.state();
            let known = state.values.get(key).and_then(|it| it.stored.clone());
            match known {
                Some(value) if self.policy == CachePolicy::Memory => return Ok(value),
                _ => state.writes,
            }
        };
        let read = self.inner.get(key).await;
        self.end_read(key, read, writes)
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        let writes = self.begin_write();
        let written = self.inner.put(key, value.clone(), under).await;
        self.end_write(key, Some(value), &written, writes);
        written
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        let writes = self.begin_write();
        let removed = self.inner.remove(key, under).await;
        self.end_write(key, None, &removed, writes);
        removed
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        self.inner.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        let lock = self.inner.lock(key, wait).await?;
        let account = key.account_scope();
        let is_kept =
            |key: &Key, known: &Known| known.refused.is_some() || key.account_scope() != account;
        self.state().values.retain(|key, known| is_kept(key, known));
        Ok(lock)
    }
}

impl<S: fmt::Debug> fmt::Debug for Cached<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cached")
            .field("inner", &self.inner)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Whether the store still holds what it held when it refused to write.
fn is_same(before: &Option<Option<SecretBytes>>, now: &Option<SecretBytes>) -> bool {
    let Some(before) = before else { return true };
    let exposed = |it: &Option<SecretBytes>| it.as_ref().map(|it| it.expose_secret().to_vec());
    exposed(before).map(Zeroizing::new) == exposed(now).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::Memory;

    /// Works or not, as a test likes.
    #[derive(Debug, Default)]
    struct Moody {
        inner: Memory,
        is_broken: AtomicBool,
    }

    impl Moody {
        fn check(&self) -> Result<(), Error> {
            if self.is_broken.load(Ordering::SeqCst) {
                return Err(Error::new(ErrorKind::Unavailable, "the test broke it"));
            }
            Ok(())
        }
    }

    #[async_trait]
    impl Storage for Moody {
        async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
            self.check()?;
            self.inner.get(key).await
        }

        async fn put(
            &self,
            key: &Key,
            value: SecretBytes,
            under: Option<&dyn Lock>,
        ) -> Result<(), Error> {
            self.check()?;
            self.inner.put(key, value, under).await
        }

        async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
            self.check()?;
            self.inner.remove(key, under).await
        }

        async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
            self.check()?;
            self.inner.list(prefix).await
        }

        async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
            self.check()?;
            self.inner.lock(key, wait).await
        }
    }

    fn key() -> Key {
        Key::session("server", "/", "demo")
    }

    fn cached(policy: CachePolicy) -> Cached<Moody> {
        Cached::new(Moody::default(), policy)
    }

    fn set_broken(storage: &Cached<Moody>, is_broken: bool) {
        storage.inner().is_broken.store(is_broken, Ordering::SeqCst);
    }

    async fn put(storage: &impl Storage, value: &[u8]) -> Result<(), Error> {
        storage.put(&key(), SecretBytes::from(value.to_vec()), None).await
    }

    async fn get(storage: &impl Storage) -> Result<Option<Vec<u8>>, ErrorKind> {
        let value = storage.get(&key()).await.map_err(|it| it.kind())?;
        Ok(value.map(|it| it.expose_secret().to_vec()))
    }

    #[tokio::test]
    async fn without_a_cache_every_failure_is_seen() {
        let storage = cached(CachePolicy::None);
        put(&storage, b"value").await.unwrap();

        set_broken(&storage, true);

        assert_eq!(get(&storage).await, Err(ErrorKind::Unavailable));
    }

    #[tokio::test]
    async fn memory_answers_without_the_store_until_a_lock_is_taken() {
        let storage = cached(CachePolicy::Memory);
        put(&storage, b"ours").await.unwrap();
        put(&storage.inner().inner, b"theirs").await.unwrap();
        assert_eq!(get(&storage).await, Ok(Some(b"ours".to_vec())));

        let lock_key = Key::account("server", "/", "demo");
        let _lock = storage.lock(&lock_key, Duration::ZERO).await.unwrap();

        assert_eq!(get(&storage).await, Ok(Some(b"theirs".to_vec())));
    }

    #[tokio::test]
    async fn memory_makes_up_for_a_store_that_cannot_be_read_and_says_so() {
        let storage = cached(CachePolicy::MemoryOnFailure);
        put(&storage, b"value").await.unwrap();

        set_broken(&storage, true);
        assert_eq!(get(&storage).await, Ok(Some(b"value".to_vec())));
        assert_eq!(storage.failure(), Some(ErrorKind::Unavailable));

        set_broken(&storage, false);
        assert_eq!(get(&storage).await, Ok(Some(b"value".to_vec())));
        assert_eq!(storage.failure(), None);
    }

    #[tokio::test]
    async fn nothing_is_made_up_for_what_was_never_known() {
        let storage = cached(CachePolicy::MemoryOnFailure);
        set_broken(&storage, true);

        assert_eq!(get(&storage).await, Err(ErrorKind::Unavailable));
    }

    #[tokio::test]
    async fn what_was_absent_once_is_not_known_to_be_absent_now() {
        let storage = cached(CachePolicy::MemoryOnFailure);
        assert_eq!(get(&storage).await, Ok(None));

        set_broken(&storage, true);

        assert_eq!(get(&storage).await, Err(ErrorKind::Unavailable));
    }

    #[tokio::test]
    async fn a_refused_write_is_an_error_and_remembered() {
        let storage = cached(CachePolicy::MemoryOnFailure);
        put(&storage, b"old").await.unwrap();

        set_broken(&storage, true);
        assert_eq!(put(&storage, b"new").await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(get(&storage).await, Ok(Some(b"new".to_vec())));

        set_broken(&storage, false);
        assert_eq!(get(&storage).await, Ok(Some(b"new".to_vec())));
        assert_eq!(storage.failure(), Some(ErrorKind::Unavailable));
        put(&storage, b"new").await.unwrap();
        assert_eq!(storage.failure(), None);
    }

    #[tokio::test]
    async fn what_others_have_written_since_wins_over_a_refused_write() {
        let storage = cached(CachePolicy::MemoryOnFailure);
        put(&storage, b"old").await.unwrap();
        set_broken(&storage, true);
        put(&storage, b"new").await.unwrap_err();

        set_broken(&storage, false);
        put(&storage.inner().inner, b"theirs").await.unwrap();

        assert_eq!(get(&storage).await, Ok(Some(b"theirs".to_vec())));
        assert_eq!(storage.failure(), None);
    }
}
