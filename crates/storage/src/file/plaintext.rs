//! Files that anyone who gets them can read.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::file::format::Format;
use crate::file::store::{Store, reset};
use crate::{Error, Key};

/// A store of files in plain text: whoever reads them can use the login.
///
/// Like [`File`](crate::File) in all else. For tests, and for machines whose disks are sealed by
/// other means.
///
/// ```
/// use journey_storage::{Key, PlaintextFile, SecretBytes, Storage};
///
/// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
/// # let parent = tempfile::tempdir().unwrap();
/// # let folder = parent.path().join("store");
/// let storage = PlaintextFile::open(&folder).await?;
/// let key = Key::session("https://am.example.com/am", "/alpha", "demo");
/// storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
/// assert!(storage.get(&key).await?.is_some());
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct PlaintextFile(Store);

impl PlaintextFile {
    /// Opens the store in a folder, making both where they are missing.
    ///
    /// # Errors
    /// As [`File::open`](crate::File::open), and
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the folder holds sealed files.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        Store::open(folder.into(), Format::Plain).await.map(Self)
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
    /// # use journey_storage::PlaintextFile;
    /// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
    /// # let parent = tempfile::tempdir().unwrap();
    /// # let folder = parent.path().join("store");
    /// let storage = PlaintextFile::open(&folder).await?;
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

crate::forward_storage!(PlaintextFile, this => &this.0);

impl fmt::Debug for PlaintextFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PlaintextFile")
            .field("folder", &self.folder())
            .finish_non_exhaustive()
    }
}
