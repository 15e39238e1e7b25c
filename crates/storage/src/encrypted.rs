//! Sealed values in a store that does not seal them itself.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret;

use crate::secret::copy_of;
use crate::{Error, Key, KeyPrefix, Lock, SealingKey, SecretBytes, Storage};

/// How long to wait for somebody else who is sealing the store.
const PATIENCE: Duration = Duration::from_secs(10);

/// Seals what another store keeps: for databases and servers that others can read.
///
/// Values are sealed with XChaCha20-Poly1305, each for its own key. The keys are not: whoever reads
/// the inner store sees the names of accounts and how long their values are. A value that was
/// removed, or put back as it was earlier, goes unnoticed.
///
/// ```
/// use journey_storage::{Encrypted, ErrorKind, Key, Memory, SealingKey, SecretBytes, Storage};
/// use secrecy::ExposeSecret;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let inner = Memory::new();
/// let storage = Encrypted::open(inner.clone(), SealingKey::generate()?).await?;
/// let key = Key::session("https://am.example.com/am", "/alpha", "demo");
/// storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
///
/// assert_eq!(storage.get(&key).await?.unwrap().expose_secret(), b"value");
/// assert_ne!(inner.get(&key).await?.unwrap().expose_secret(), b"value");
///
/// let refused = Encrypted::open(inner, SealingKey::generate()?).await.unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::WrongKey);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Encrypted<S> {
    inner: S,
    key: SealingKey,
}

impl<S: Storage> Encrypted<S> {
    /// Wraps a store, and notes in it by which key it is sealed.
    ///
    /// Of several programs that open a new store at once with different keys, one seals it and the
    /// others get [`ErrorKind::WrongKey`](crate::ErrorKind::WrongKey).
    ///
    /// # Errors
    /// [`ErrorKind::WrongKey`](crate::ErrorKind::WrongKey) when it was sealed with another key;
    /// those of the inner store.
    pub async fn open(inner: S, key: SealingKey) -> Result<Self, Error> {
        let this = Self { inner, key };
        let note = note();
        if this.get(&note).await?.is_none() {
            let lock = this.lock(&note, PATIENCE).await?;
            let sealed = match this.get(&note).await {
                Ok(None) => this.put(&note, copy_of(b"sealed"), Some(&*lock)).await,
                found => found.map(drop),
            };
            // The note is there or not, whatever becomes of the lock.
            let _ = lock.release().await;
            sealed?;
        }
        Ok(this)
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

#[async_trait]
impl<S: Storage> Storage for Encrypted<S> {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let Some(sealed) = self.inner.get(key).await? else { return Ok(None) };
        let plain = self.key.open(key.as_str().as_bytes(), sealed.expose_secret())?;
        Ok(Some(copy_of(&plain)))
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        let sealed = self.key.seal(key.as_str().as_bytes(), value.expose_secret())?;
        self.inner.put(key, SecretBytes::from(sealed), under).await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.inner.remove(key, under).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let mut keys = self.inner.list(prefix).await?;
        keys.retain(|it| *it != note());
        Ok(keys)
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        self.inner.lock(key, wait).await
    }
}

/// The entry that tells the key of the store.
fn note() -> Key {
    Key::custom("", "", "", "sealing", "note")
}
