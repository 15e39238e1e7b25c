//! The store itself, which seals nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{Error, Key, KeyPrefix, Lock, SecretBytes, Storage, blocking, blocking_read};

use crate::database::Database;

/// A store in a SQLite file, in plain text: whoever reads the file can use the login.
///
/// For [`Encrypted`](journey_storage::Encrypted) with a key of your own, for tests, and for machines
/// whose disks are sealed by other means. [`Sqlite`](crate::Sqlite) is the sealed one.
///
/// ```
/// use journey_storage::{Key, SecretBytes, Storage};
/// use journey_storage_sqlite::PlaintextSqlite;
///
/// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("accounts.db");
/// let storage = PlaintextSqlite::open(path).await?;
/// let key = Key::session("https://am.example.com/am", "/alpha", "demo");
/// storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
/// assert!(storage.get(&key).await?.is_some());
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct PlaintextSqlite(Arc<Database>);

impl PlaintextSqlite {
    /// Opens the database at a path, making it where it is missing. Its folder must exist.
    ///
    /// # Errors
    /// [`Denied`](journey_storage::ErrorKind::Denied) when others may use the file,
    /// [`Corrupt`](journey_storage::ErrorKind::Corrupt) when it is damaged,
    /// [`Unsupported`](journey_storage::ErrorKind::Unsupported) when it is another program's,
    /// [`NoRuntime`](journey_storage::ErrorKind::NoRuntime) outside a tokio runtime,
    /// [`Unavailable`](journey_storage::ErrorKind::Unavailable) when it cannot be opened.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        blocking(move || Database::open(path)).await.map(|it| Self(Arc::new(it)))
    }

    /// The path of the database.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

#[async_trait]
impl Storage for PlaintextSqlite {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        let (database, key) = (Arc::clone(&self.0), key.clone());
        blocking_read(move || database.get(&key)).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        let (database, key, under) = (Arc::clone(&self.0), key.clone(), owned(under));
        blocking(move || database.put(&key, &value, under.as_ref())).await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        let (database, key, under) = (Arc::clone(&self.0), key.clone(), owned(under));
        blocking(move || database.remove(&key, under.as_ref())).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        let (database, prefix) = (Arc::clone(&self.0), prefix.clone());
        blocking_read(move || database.list(&prefix)).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        self.0.locks.take(key, wait).await
    }
}

fn owned(under: Option<&dyn Lock>) -> Option<(Key, u64)> {
    under.map(|it| (it.key().clone(), it.fence()))
}
