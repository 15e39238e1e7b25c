//! The store that seals its values.

use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{Encrypted, Error, Key, KeyPrefix, Lock, SecretBytes, Storage};
use secrecy::SecretString;

use crate::builder::RedisBuilder;
use crate::plaintext::PlaintextRedis;

/// A store in Redis whose values are sealed with XChaCha20-Poly1305 before they leave the process.
///
/// Clones share one connection, which is made again when it breaks: the calls under way then fail.
#[derive(Clone, Debug)]
pub struct Redis(Encrypted<PlaintextRedis>);

impl Redis {
    /// Starts the settings of a store at an address like `redis://user:password@host:6379/0`, or
    /// `rediss://` for TLS.
    ///
    /// ```
    /// use journey_storage_redis::Redis;
    ///
    /// let builder = Redis::builder("redis://user:hunter2@redis.example.com/").namespace("app");
    /// assert!(!format!("{builder:?}").contains("hunter2"));
    /// ```
    pub fn builder(address: impl Into<SecretString>) -> RedisBuilder {
        RedisBuilder::new(address.into())
    }
}

impl From<Encrypted<PlaintextRedis>> for Redis {
    fn from(store: Encrypted<PlaintextRedis>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl Storage for Redis {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        self.0.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        self.0.put(key, value, under).await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.0.remove(key, under).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        self.0.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        self.0.lock(key, wait).await
    }
}
