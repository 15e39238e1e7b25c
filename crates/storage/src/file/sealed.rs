//! Sealed files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::file::blocking::blocking;
use crate::file::format::Format;
#[cfg(feature = "passphrase")]
use crate::file::store::Inner;
use crate::file::store::{Store, reset};
use crate::{Error, Key, SealingKey};

/// A store of sealed files in a folder of its own, shared by the processes of a host.
///
/// - **Nothing readable**: values and keys are sealed with XChaCha20-Poly1305, each for its own
///   place. A file that was changed or moved is an error.
/// - **Nothing lost**: a write that returned survives a crash of the machine, and a crash in the
///   middle leaves the old value.
/// - **Nobody else**: the folder has mode 0700 and files 0600; looser ones are refused (on Unix).
/// - **One at a time**: locks are the kernel's, so that a killed process leaves none behind.
///
/// Use a local file system: the locks of some network file systems do not keep other hosts out.
///
/// ```
/// use journey_storage::{ErrorKind, File, Key, SealingKey, SecretBytes, Storage};
/// use secrecy::ExposeSecret;
///
/// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
/// # let parent = tempfile::tempdir().unwrap();
/// # let folder = parent.path().join("store");
/// let sealing_key = SealingKey::generate()?;
/// let storage = File::open(&folder, sealing_key.clone()).await?;
/// let key = Key::session("https://am.example.com/am", "/alpha", "demo");
/// storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
///
/// let again = File::open(&folder, sealing_key).await?;
/// assert_eq!(again.get(&key).await?.unwrap().expose_secret(), b"value");
///
/// let refused = File::open(&folder, SealingKey::generate()?).await.unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::WrongKey);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct File(Store);

impl File {
    /// Opens the store in a folder, making both where they are missing.
    ///
    /// # Errors
    /// [`ErrorKind::WrongKey`](crate::ErrorKind::WrongKey) when the store was sealed with another
    /// key, [`ErrorKind::Denied`](crate::ErrorKind::Denied) when the folder is not ours alone,
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when its header is damaged,
    /// [`ErrorKind::NoRuntime`](crate::ErrorKind::NoRuntime) outside a tokio runtime.
    pub async fn open(folder: impl Into<PathBuf>, key: SealingKey) -> Result<Self, Error> {
        Store::open(folder.into(), Format::Sealed(key)).await.map(Self)
    }

    /// Seals every entry with another key, or none if anything goes wrong or the power fails.
    ///
    /// This value and all others that know only the old key then get
    /// [`ErrorKind::WrongKey`](crate::ErrorKind::WrongKey); use the returned one. Writers wait
    /// meanwhile. Entries that were set aside keep the old key.
    ///
    /// ```
    /// # use journey_storage::{File, Key, SealingKey, SecretBytes, Storage};
    /// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
    /// # let parent = tempfile::tempdir().unwrap();
    /// # let folder = parent.path().join("store");
    /// let storage = File::open(&folder, SealingKey::generate()?).await?;
    /// let key = Key::session("https://am.example.com/am", "/alpha", "demo");
    /// storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
    ///
    /// let storage = storage.change_key(SealingKey::generate()?).await?;
    /// assert!(storage.get(&key).await?.is_some());
    /// # Ok::<(), journey_storage::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when an entry is damaged: set it aside
    /// first. Any other kind when the store could not be read or written. The old key stays valid
    /// then.
    pub async fn change_key(&self, key: SealingKey) -> Result<Self, Error> {
        let inner = Arc::clone(&self.0.0);
        let change = move || inner.change(Format::Sealed(key), &Vec::new());
        blocking(change).await.map(|it| Self(it.into()))
    }

    /// Moves a damaged entry into the folder `set-aside`; says whether there was one.
    ///
    /// The entry is absent then. An entry can also be replaced or removed without that.
    ///
    /// # Errors
    /// As for [`Storage::remove`](crate::Storage::remove).
    pub async fn set_aside(&self, key: &Key) -> Result<bool, Error> {
        self.0.set_aside(key).await
    }

    /// Moves every damaged entry into the folder `set-aside`; says how many there were.
    ///
    /// For a program that was told [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) and goes on without what can't
    /// be read any more. It is the way when the entry's key is not known, as with the marks that count an account's
    /// sign-outs. What is in good order stays, and so does what a newer release wrote.
    ///
    /// ```
    /// # use journey_storage::{File, SealingKey};
    /// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
    /// # let parent = tempfile::tempdir().unwrap();
    /// # let folder = parent.path().join("store");
    /// let storage = File::open(&folder, SealingKey::generate()?).await?;
    /// assert_eq!(storage.set_aside_damaged().await?, 0);
    /// # Ok::<(), journey_storage::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When the store could not be read, or an entry not be moved; those before it are set aside then.
    pub async fn set_aside_damaged(&self) -> Result<usize, Error> {
        self.0.set_aside_damaged().await
    }

    /// Moves a whole store out of the way, so that the next `open` makes a new one; says where to.
    ///
    /// For a store whose header is damaged or whose key is lost. Nobody should have it open.
    ///
    /// # Errors
    /// When the folder cannot be renamed.
    pub async fn reset(folder: impl Into<PathBuf>) -> Result<Option<PathBuf>, Error> {
        reset(folder.into()).await
    }

    /// The folder the store is in.
    pub fn folder(&self) -> &Path {
        &self.0.0.folder
    }
}

#[cfg(feature = "passphrase")]
impl File {
    pub(super) fn inner(&self) -> &Arc<Inner> {
        &self.0.0
    }
}

#[cfg(feature = "passphrase")]
impl From<Inner> for File {
    fn from(inner: Inner) -> Self {
        Self(inner.into())
    }
}

crate::forward_storage!(File, this => &this.0);

impl fmt::Debug for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("File").field("folder", &self.folder()).finish_non_exhaustive()
    }
}
