//! A store that can be stopped at a chosen moment, or made to fail.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use journey_storage::{Error, ErrorKind, Key, KeyPrefix, Lock, Memory, SecretBytes, Storage};
use tokio::sync::Notify;

/// When a call stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    BeforeLock,
    /// Of a lock that is taken only if it is free, as a sign-out does it.
    BeforeTryLock,
    BeforePut,
    AfterPut,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Staged {
    inner: Memory,
    holds: Arc<Mutex<Vec<(Moment, Hold)>>>,
    failing: Arc<Mutex<Vec<(&'static str, ErrorKind)>>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Hold(Arc<(Notify, Notify, AtomicBool)>);

impl Hold {
    pub(crate) async fn arrived(&self) {
        self.0.0.notified().await;
    }

    pub(crate) fn release(&self) {
        self.0.1.notify_one();
    }

    async fn pass(&self) {
        self.0.2.store(true, Ordering::SeqCst);
        self.0.0.notify_one();
        self.0.1.notified().await;
    }
}

impl Staged {
    /// Stops the next such call for tokens (or for the lock) until it is released.
    pub(crate) fn hold_next(&self, moment: Moment) -> Hold {
        let hold = Hold::default();
        self.holds().push((moment, hold.clone()));
        hold
    }

    /// Makes one kind of call on tokens fail from now on: `get`, `put`, `remove`, `lock`, `list`, or
    /// `list tokens`, which leaves generations readable.
    pub(crate) fn fail(&self, call: &'static str, kind: ErrorKind) {
        self.failing().push((call, kind));
    }

    pub(crate) fn mend(&self) {
        self.failing().clear();
    }

    async fn stop(&self, moment: Moment) {
        let hold = {
            let mut holds = self.holds();
            let found = holds.iter().position(|(it, _)| *it == moment);
            found.map(|it| holds.remove(it).1)
        };
        if let Some(hold) = hold {
            hold.pass().await;
        }
    }

    fn check(&self, call: &str) -> Result<(), Error> {
        match self.failing().iter().find(|(it, _)| *it == call) {
            Some((_, kind)) => Err(Error::new(*kind, "the test says so")),
            None => Ok(()),
        }
    }

    fn holds(&self) -> MutexGuard<'_, Vec<(Moment, Hold)>> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failing(&self) -> MutexGuard<'_, Vec<(&'static str, ErrorKind)>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_tokens(key: &Key) -> bool {
    key.as_str().contains("/tokens/")
}

#[async_trait]
impl Storage for Staged {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        self.check("get")?;
        self.inner.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        if is_tokens(key) {
            self.stop(Moment::BeforePut).await;
        }
        self.check("put")?;
        self.inner.put(key, value, under).await?;
        if is_tokens(key) {
            self.stop(Moment::AfterPut).await;
        }
        Ok(())
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.check("remove")?;
        self.inner.remove(key, under).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        self.check("list")?;
        if prefix.as_str().contains("/tokens/") {
            self.check("list tokens")?;
        }
        self.inner.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        let moment = if wait.is_zero() { Moment::BeforeTryLock } else { Moment::BeforeLock };
        self.stop(moment).await;
        self.check("lock")?;
        self.inner.lock(key, wait).await
    }
}
