//! A sealed store does what every store must do, and gives nothing away.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{
    Encrypted, Error, ErrorKind, Key, KeyPrefix, Lock, Memory, SealingKey, SecretBytes, Storage,
};
use journey_testkit::conformance::storage::{Fault, StorageUnderTest};
use secrecy::ExposeSecret;

#[derive(Debug)]
struct EncryptedUnderTest {
    inner: Memory,
    right: SealingKey,
    key: Mutex<SealingKey>,
}

#[async_trait]
impl StorageUnderTest for EncryptedUnderTest {
    async fn fresh() -> Self {
        let right = SealingKey::generate().unwrap();
        Self { inner: Memory::new(), key: Mutex::new(right.clone()), right }
    }

    async fn open(&self) -> Box<dyn Storage> {
        self.try_open().await.unwrap()
    }

    async fn break_it(&self, fault: Fault, key: &Key) -> bool {
        match fault {
            Fault::WrongKey => *self.key.lock().unwrap() = SealingKey::generate().unwrap(),
            Fault::Corrupt => {
                let mut sealed =
                    self.inner.get(key).await.unwrap().unwrap().expose_secret().to_vec();
                sealed[50] ^= 1;
                self.inner.put(key, SecretBytes::from(sealed), None).await.unwrap();
            }
            _ => return false,
        }
        true
    }

    async fn mend_it(&self, _: Fault, _: &Key) {
        *self.key.lock().unwrap() = self.right.clone();
    }

    async fn try_open(&self) -> Result<Box<dyn Storage>, Error> {
        let key = self.key.lock().unwrap().clone();
        Ok(Box::new(Encrypted::open(self.inner.clone(), key).await?))
    }
}

journey_testkit::storage_conformance!(encrypted, EncryptedUnderTest);

#[tokio::test]
async fn a_value_moved_to_another_key_does_not_open() {
    let inner = Memory::new();
    let storage = Encrypted::open(inner.clone(), SealingKey::generate().unwrap()).await.unwrap();
    let (mine, theirs) = (Key::session("s", "/", "mine"), Key::session("s", "/", "theirs"));
    storage.put(&theirs, SecretBytes::from(b"value".to_vec()), None).await.unwrap();

    let stolen = inner.get(&theirs).await.unwrap().unwrap();
    inner.put(&mine, stolen, None).await.unwrap();

    let error = storage.get(&mine).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

/// A store that lets others go first before it writes.
#[derive(Clone, Debug, Default)]
struct Polite(Memory);

#[async_trait]
impl Storage for Polite {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        self.0.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        tokio::task::yield_now().await;
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

#[tokio::test]
async fn a_new_store_is_sealed_by_one_of_two_keys_that_come_at_once() {
    let inner = Polite::default();
    let open = || Encrypted::open(inner.clone(), SealingKey::generate().unwrap());

    let (first, second) = tokio::join!(open(), open());

    assert!(first.is_ok());
    assert_eq!(second.unwrap_err().kind(), ErrorKind::WrongKey);
}
