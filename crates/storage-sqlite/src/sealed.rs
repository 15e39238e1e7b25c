//! The store that seals its values.

use std::path::{Path, PathBuf};

use journey_storage::{Encrypted, Error, SealingKey};

use crate::plaintext::PlaintextSqlite;

/// A store in a SQLite file whose values are sealed with XChaCha20-Poly1305.
///
/// Keys, and so the names of servers and accounts, can be read in the file.
///
/// ```
/// use journey_storage::{ErrorKind, SealingKey};
/// use journey_storage_sqlite::Sqlite;
///
/// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("accounts.db");
/// Sqlite::open(&path, SealingKey::generate()?).await?;
///
/// let refused = Sqlite::open(&path, SealingKey::generate()?).await.unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::WrongKey);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Sqlite(Encrypted<PlaintextSqlite>);

impl Sqlite {
    /// Opens the database at a path, making it where it is missing. Its folder must exist.
    ///
    /// # Errors
    /// As [`PlaintextSqlite::open`], and
    /// [`ErrorKind::WrongKey`](journey_storage::ErrorKind::WrongKey) when it was sealed with
    /// another key.
    pub async fn open(path: impl Into<PathBuf>, key: SealingKey) -> Result<Self, Error> {
        Encrypted::open(PlaintextSqlite::open(path).await?, key).await.map(Self)
    }

    /// The path of the database.
    pub fn path(&self) -> &Path {
        self.0.inner().path()
    }
}

journey_storage::forward_storage!(Sqlite, this => &this.0);
