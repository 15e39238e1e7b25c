//! A sealed store does what every store must do, and gives nothing away.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Mutex;

use async_trait::async_trait;
use journey_storage::{Encrypted, Error, ErrorKind, Key, Memory, SealingKey, SecretBytes, Storage};
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
