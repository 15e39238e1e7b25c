//! A store of your own: five methods, and one line that proves it.
//!
//! `cargo run -p journey-storage --features encrypted --example own_backend` uses it;
//! `cargo test -p journey-storage --features encrypted --example own_backend` runs the suite that
//! every backend must pass.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{
    Encrypted, Error, ErrorKind, Key, KeyPrefix, Lock, SealingKey, SecretBytes, Storage,
};
use secrecy::ExposeSecret;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// Stands for a client of your database: names and bytes, and a table of leases.
#[derive(Clone, Default)]
struct OwnBackend(Arc<Mutex<Tables>>);

#[derive(Default)]
struct Tables {
    entries: BTreeMap<String, SecretBytes>,
    /// For each lock that was ever taken: its fence, and whether somebody holds it.
    locks: BTreeMap<String, (u64, bool)>,
}

impl OwnBackend {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_lock(&self, key: &Key) -> Option<u64> {
        let mut tables = self.tables();
        let (fence, is_held) = tables.locks.entry(key.as_str().to_owned()).or_default();
        if *is_held {
            return None;
        }
        (*fence, *is_held) = (*fence + 1, true);
        Some(*fence)
    }
}

impl Tables {
    /// Asked in the same step as the write, so that nobody can take the lock in between.
    fn check(&self, under: Option<&dyn Lock>) -> Result<(), Error> {
        let Some(lock) = under else { return Ok(()) };
        match self.locks.get(lock.key().as_str()) {
            Some((fence, _)) if *fence == lock.fence() => Ok(()),
            _ => Err(Error::new(ErrorKind::LockLost, "the lock was taken by somebody else")),
        }
    }
}

#[async_trait]
impl Storage for OwnBackend {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        Ok(self.tables().entries.get(key.as_str()).cloned())
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        let mut tables = self.tables();
        tables.check(under)?;
        tables.entries.insert(key.as_str().to_owned(), value);
        Ok(())
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        let mut tables = self.tables();
        tables.check(under)?;
        tables.entries.remove(key.as_str());
        Ok(())
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let tables = self.tables();
        let names = tables.entries.keys().filter(|it| it.starts_with(prefix.as_str()));
        Ok(names.filter_map(|it| Key::parse(it)).collect())
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        let mut fence = self.try_lock(key);
        if fence.is_none() && wait > Duration::ZERO {
            Handle::try_current().map_err(|error| {
                Error::new(ErrorKind::NoRuntime, "waiting for a lock needs a tokio runtime")
                    .with_source(error)
            })?;
            let deadline = Instant::now() + wait;
            while fence.is_none() && Instant::now() < deadline {
                sleep(Duration::from_millis(5)).await;
                fence = self.try_lock(key);
            }
        }
        let timed_out = || Error::new(ErrorKind::LockTimeout, "the lock was not free in time");
        let fence = fence.ok_or_else(timed_out)?;
        Ok(Box::new(OwnLock { backend: self.clone(), key: key.clone(), fence }))
    }
}

/// Gives the lock back when it is dropped, which a real database does when the lease ends.
#[derive(Debug)]
struct OwnLock {
    backend: OwnBackend,
    key: Key,
    fence: u64,
}

#[async_trait]
impl Lock for OwnLock {
    fn key(&self) -> &Key {
        &self.key
    }

    fn fence(&self) -> u64 {
        self.fence
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        self.backend.tables().check(Some(&*self))
    }
}

impl Drop for OwnLock {
    fn drop(&mut self) {
        if let Some((fence, is_held)) = self.backend.tables().locks.get_mut(self.key.as_str())
            && *fence == self.fence
        {
            *is_held = false;
        }
    }
}

impl fmt::Debug for OwnBackend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OwnBackend").finish_non_exhaustive()
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let storage = Encrypted::open(OwnBackend::default(), SealingKey::generate()?).await?;
    let key = Key::session("https://am.example.com/am", "/alpha", "demo");

    storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
    let length = storage.get(&key).await?.map_or(0, |it| it.expose_secret().len());

    println!("{key:?} holds {length} bytes, sealed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use journey_testkit::conformance::storage::StorageUnderTest;

    use super::*;

    #[derive(Debug)]
    struct OwnUnderTest(OwnBackend);

    #[async_trait]
    impl StorageUnderTest for OwnUnderTest {
        async fn fresh() -> Self {
            Self(OwnBackend::default())
        }

        async fn open(&self) -> Box<dyn Storage> {
            Box::new(self.0.clone())
        }
    }

    journey_testkit::storage_conformance!(own_backend, OwnUnderTest);
}
