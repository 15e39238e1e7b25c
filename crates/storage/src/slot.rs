//! One entry with a type.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::secret::SecretWriter;
use crate::{Error, ErrorKind, Key, Lock, Storage};

/// One entry of a store, read and written as a `T`.
///
/// The value is stored as JSON beside the version of its format. A version other than the slot's
/// is never misread: a newer one is [`ErrorKind::NewerVersion`], an older one
/// [`ErrorKind::Corrupt`]. Buffers are wiped; the fields of `T` that hold secrets should be
/// `SecretString`.
///
/// ```
/// use std::sync::Arc;
///
/// use journey_storage::{Key, Memory, Slot};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let key = Key::session("https://am.example.com/am", "/", "demo");
/// let slot = Slot::<Vec<u32>>::new(Arc::new(Memory::new()), key);
/// assert_eq!(slot.get().await?, None);
///
/// slot.put(&vec![1, 2], None).await?;
/// assert_eq!(slot.get().await?, Some(vec![1, 2]));
///
/// slot.remove(None).await?;
/// assert_eq!(slot.get().await?, None);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
pub struct Slot<T> {
    storage: Arc<dyn Storage>,
    key: Key,
    version: u32,
    value: PhantomData<fn(T) -> T>,
}

#[derive(Serialize)]
struct Written<'a, T> {
    version: u32,
    value: &'a T,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Read<T> {
    value: T,
}

impl<T> Slot<T> {
    /// Makes the slot of a key, for the first version of the value's format.
    pub fn new(storage: Arc<dyn Storage>, key: Key) -> Self {
        Self::with_version(storage, key, 1)
    }

    /// Makes the slot of a key, for a given version of the value's format.
    ///
    /// Raise the version when an older release would misread the value.
    pub fn with_version(storage: Arc<dyn Storage>, key: Key, version: u32) -> Self {
        Self { storage, key, version, value: PhantomData }
    }

    /// The key of the entry.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Removes the value; fine when there is none.
    ///
    /// # Errors
    /// As [`Storage::remove`].
    pub async fn remove(&self, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.storage.remove(&self.key, under).await
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync> Slot<T> {
    /// Reads the value, or `None` when there is none.
    ///
    /// # Errors
    /// As [`Storage::get`], and [`ErrorKind::Corrupt`] or [`ErrorKind::NewerVersion`] when the
    /// stored value is no `T` of this version.
    pub async fn get(&self) -> Result<Option<T>, Error> {
        let Some(bytes) = self.storage.get(&self.key).await? else { return Ok(None) };
        let bytes = bytes.expose_secret();
        // The errors of serde_json quote what they could not read, so none is kept as a source.
        let Version { version } = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
        if version > self.version {
            return Err(Error::new(
                ErrorKind::NewerVersion,
                "the stored value was written by a newer release",
            ));
        }
        if version < self.version {
            return Err(unreadable());
        }
        let Read { value } = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
        Ok(Some(value))
    }

    /// Stores a value.
    ///
    /// # Errors
    /// As [`Storage::put`], and [`ErrorKind::Unsupported`] when the value cannot be written as
    /// JSON.
    pub async fn put(&self, value: &T, under: Option<&dyn Lock>) -> Result<(), Error> {
        let mut writer = SecretWriter::default();
        serde_json::to_writer(&mut writer, &Written { version: self.version, value }).map_err(
            |_| Error::new(ErrorKind::Unsupported, "the value is not one JSON can hold"),
        )?;
        self.storage.put(&self.key, writer.into_secret(), under).await
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self {
            storage: Arc::clone(&self.storage),
            key: self.key.clone(),
            version: self.version,
            value: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Slot")
            .field("key", &self.key)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::Corrupt, "the stored value is not what this release writes")
}

#[cfg(test)]
mod tests {
    use std::error::Error as StdError;

    use super::*;
    use crate::{Memory, SecretBytes};

    fn key() -> Key {
        Key::session("server", "/", "demo")
    }

    #[tokio::test]
    async fn another_version_is_not_misread() {
        let storage: Arc<dyn Storage> = Arc::new(Memory::new());
        let second = Slot::<String>::with_version(Arc::clone(&storage), key(), 2);
        second.put(&"value".to_owned(), None).await.unwrap();

        let older = Slot::<String>::with_version(Arc::clone(&storage), key(), 1);
        let newer = Slot::<String>::with_version(storage, key(), 3);

        assert_eq!(older.get().await.unwrap_err().kind(), ErrorKind::NewerVersion);
        assert_eq!(newer.get().await.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(second.get().await.unwrap().as_deref(), Some("value"));
    }

    #[tokio::test]
    async fn an_unreadable_value_is_corrupt_and_not_quoted() {
        let storage = Arc::new(Memory::new());
        let stored = br#"{"version":1,"value":"hunter2"}"#.to_vec();
        storage.put(&key(), SecretBytes::from(stored), None).await.unwrap();

        let error = Slot::<u32>::new(storage, key()).get().await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.source().is_none());
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}
