//! A store in memory, each of whose calls somebody may hold up or refuse.

use std::{fmt::Debug, ops::Deref, time::Duration};

use async_trait::async_trait;
use journey_storage::{Error, Key, KeyPrefix, Lock, Memory, SecretBytes, Storage};

/// What the store is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call<'a> {
    Get(&'a Key),
    Put(&'a Key),
    Remove(&'a Key),
    List(&'a KeyPrefix),
    Lock(&'a Key, Duration),
}

/// Says what a store does otherwise than [`Memory`].
#[async_trait]
pub(crate) trait Watch: Debug + Send + Sync + 'static {
    /// Is waited for before each call; an error is all that comes of it.
    async fn before(&self, call: Call<'_>) -> Result<(), Error>;

    /// Is waited for after each call that has worked.
    async fn after(&self, _call: Call<'_>) {}
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Watched<W> {
    watch: W,
    memory: Memory,
}

impl<W: Watch> Watched<W> {
    async fn watched<T>(
        &self,
        call: Call<'_>,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.watch.before(call).await?;
        let result = work.await?;
        self.watch.after(call).await;
        Ok(result)
    }
}

/// So that a test tells it what to do.
impl<W> Deref for Watched<W> {
    type Target = W;

    fn deref(&self) -> &W {
        &self.watch
    }
}

#[async_trait]
impl<W: Watch> Storage for Watched<W> {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        self.watched(Call::Get(key), self.memory.get(key)).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        self.watched(Call::Put(key), self.memory.put(key, value, under)).await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.watched(Call::Remove(key), self.memory.remove(key, under)).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        self.watched(Call::List(prefix), self.memory.list(prefix)).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        self.watched(Call::Lock(key, wait), self.memory.lock(key, wait)).await
    }
}
