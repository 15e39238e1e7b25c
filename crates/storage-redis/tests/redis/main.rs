//! The stores in Redis, on a real server.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conformance;
mod demoted;
mod fail_over;
mod keep;
mod replicas;
mod secrets;
mod server;

use std::time::Duration;

use journey_storage::{Error, Key, SealingKey, SecretBytes, Storage};
use journey_storage_redis::{PlaintextRedis, Redis};
use secrecy::ExposeSecret;

const LEASE: Duration = Duration::from_secs(2);

fn sealing_key(byte: u8) -> SealingKey {
    SealingKey::from_bytes(&SecretBytes::from(vec![byte; 32])).unwrap()
}

fn key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "demo")
}

async fn put(storage: &impl Storage, value: &[u8]) -> Result<(), Error> {
    storage.put(&key(), SecretBytes::from(value.to_vec()), None).await
}

async fn get(storage: &impl Storage) -> Option<Vec<u8>> {
    storage.get(&key()).await.unwrap().map(|it| it.expose_secret().to_vec())
}

async fn open_sealed(address: &str, key: SealingKey) -> Result<Redis, Error> {
    let builder = Redis::builder(address).lease(LEASE).timeout(Duration::from_secs(30));
    builder.open(key).await
}

async fn open_plaintext(address: &str) -> Result<PlaintextRedis, Error> {
    let builder = Redis::builder(address).lease(LEASE).timeout(Duration::from_secs(30));
    builder.open_plaintext().await
}

fn account() -> String {
    key().as_str().trim_end_matches("session").to_owned()
}
