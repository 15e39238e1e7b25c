//! The store itself, which seals nothing.

use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{Error, Key, KeyPrefix, Lock, SecretBytes, Storage};

use crate::lock;
use crate::server::Server;

/// A store in Redis, in plain text: whoever reads the server's memory or disk can use the logins.
///
/// Made by [`RedisBuilder::open_plaintext`](crate::RedisBuilder::open_plaintext), for
/// [`Encrypted`](journey_storage::Encrypted) with a key of your own, and for tests. Clones share
/// their connections.
#[derive(Clone, Debug)]
pub struct PlaintextRedis(Server);

impl From<Server> for PlaintextRedis {
    fn from(server: Server) -> Self {
        Self(server)
    }
}

#[async_trait]
impl Storage for PlaintextRedis {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        self.0.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        self.0.put(key, &value, under.map(|it| (it.key(), it.fence()))).await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.0.remove(key, under.map(|it| (it.key(), it.fence()))).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        self.0.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        lock::take(&self.0, key, wait).await
    }
}
