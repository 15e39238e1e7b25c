//! The store that seals its values.

use journey_storage::Encrypted;
use secrecy::SecretString;

use crate::builder::RedisBuilder;
use crate::plaintext::PlaintextRedis;

/// A store in Redis whose values are sealed with XChaCha20-Poly1305 before they leave the process.
///
/// Clones share their connections, which are made again when they break: the calls under way then
/// fail.
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

journey_storage::forward_storage!(Redis, this => &this.0);
