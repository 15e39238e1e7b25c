//! A store that can be stopped at a chosen moment, or made to fail.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use journey_storage::{Error, ErrorKind, Key};
use tokio::sync::Notify;

use crate::watched::{Call, Watch, Watched};

/// When a call stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    BeforeLock,
    /// Of a lock that is taken only if it is free, as a sign-out does it.
    BeforeTryLock,
    BeforePut,
    AfterPut,
}

pub(crate) type Staged = Watched<Stages>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Stages {
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

impl Stages {
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
impl Watch for Stages {
    async fn before(&self, call: Call<'_>) -> Result<(), Error> {
        match call {
            Call::Get(_) => self.check("get"),
            Call::Put(key) => {
                if is_tokens(key) {
                    self.stop(Moment::BeforePut).await;
                }
                self.check("put")
            }
            Call::Remove(_) => self.check("remove"),
            Call::List(prefix) => {
                self.check("list")?;
                match prefix.as_str().contains("/tokens/") {
                    true => self.check("list tokens"),
                    false => Ok(()),
                }
            }
            Call::Lock(_, wait) => {
                let is_try = wait.is_zero();
                self.stop(if is_try { Moment::BeforeTryLock } else { Moment::BeforeLock }).await;
                self.check("lock")
            }
        }
    }

    async fn after(&self, call: Call<'_>) {
        if let Call::Put(key) = call
            && is_tokens(key)
        {
            self.stop(Moment::AfterPut).await;
        }
    }
}
