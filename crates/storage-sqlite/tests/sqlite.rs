//! The stores in SQLite do what every store must do.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use async_trait::async_trait;
use journey_storage::{Error, ErrorKind, Key, SealingKey, SecretBytes, Storage};
use journey_storage_sqlite::{PlaintextSqlite, Sqlite};
use journey_testkit::conformance::storage::{Fault, StorageUnderTest};
use rusqlite::Connection;
use tempfile::TempDir;

fn sealing_key(byte: u8) -> SealingKey {
    SealingKey::from_bytes(&SecretBytes::from(vec![byte; 32])).unwrap()
}

#[cfg(unix)]
fn break_file(path: &Path, fault: Fault) -> bool {
    match fault {
        Fault::Unavailable => fs::rename(path, path.with_extension("away")).unwrap(),
        Fault::Denied => set_mode(path, 0o640),
        _ => return false,
    }
    true
}

#[cfg(unix)]
fn mend_file(path: &Path, fault: Fault) {
    match fault {
        Fault::Unavailable => fs::rename(path.with_extension("away"), path).unwrap(),
        Fault::Denied => set_mode(path, 0o600),
        _ => {}
    }
}

/// Elsewhere a file that is open stays where it is, and there are no modes.
#[cfg(not(unix))]
fn break_file(_: &Path, _: Fault) -> bool {
    false
}

#[cfg(not(unix))]
fn mend_file(_: &Path, _: Fault) {}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[derive(Debug)]
struct SealedUnderTest {
    folder: TempDir,
    storage: Sqlite,
    is_locked_out: Mutex<bool>,
}

impl SealedUnderTest {
    fn path(&self) -> PathBuf {
        self.folder.path().join("accounts.db")
    }
}

#[async_trait]
impl StorageUnderTest for SealedUnderTest {
    async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.db");
        let storage = Sqlite::open(path, sealing_key(7)).await.unwrap();
        Self { folder, storage, is_locked_out: Mutex::new(false) }
    }

    async fn open(&self) -> Box<dyn Storage> {
        Box::new(Sqlite::open(self.path(), sealing_key(7)).await.unwrap())
    }

    fn address(&self) -> Option<String> {
        Some(self.path().to_str().unwrap().to_owned())
    }

    async fn open_at(address: &str) -> Box<dyn Storage> {
        Box::new(Sqlite::open(address, sealing_key(7)).await.unwrap())
    }

    async fn break_it(&self, fault: Fault, key: &Key) -> bool {
        match fault {
            Fault::WrongKey => *self.is_locked_out.lock().unwrap() = true,
            Fault::Corrupt => {
                let change = "UPDATE entries SET value = substr(value, 1, 60) WHERE key = ?1";
                let changed =
                    Connection::open(self.path()).unwrap().execute(change, [key.as_str()]);
                assert_eq!(changed.unwrap(), 1);
            }
            _ => return break_file(&self.path(), fault),
        }
        true
    }

    async fn mend_it(&self, fault: Fault, _: &Key) {
        *self.is_locked_out.lock().unwrap() = false;
        mend_file(&self.path(), fault);
    }

    async fn try_open(&self) -> Result<Box<dyn Storage>, Error> {
        if *self.is_locked_out.lock().unwrap() {
            return Ok(Box::new(Sqlite::open(self.path(), sealing_key(8)).await?));
        }
        Ok(Box::new(self.storage.clone()))
    }
}

#[derive(Debug)]
struct PlaintextUnderTest {
    folder: TempDir,
    storage: PlaintextSqlite,
}

#[async_trait]
impl StorageUnderTest for PlaintextUnderTest {
    async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = PlaintextSqlite::open(folder.path().join("accounts.db")).await.unwrap();
        Self { folder, storage }
    }

    async fn open(&self) -> Box<dyn Storage> {
        Box::new(PlaintextSqlite::open(self.folder.path().join("accounts.db")).await.unwrap())
    }

    fn address(&self) -> Option<String> {
        Some(self.storage.path().to_str().unwrap().to_owned())
    }

    async fn open_at(address: &str) -> Box<dyn Storage> {
        Box::new(PlaintextSqlite::open(address).await.unwrap())
    }

    async fn break_it(&self, fault: Fault, _: &Key) -> bool {
        break_file(&self.folder.path().join("accounts.db"), fault)
    }

    async fn mend_it(&self, fault: Fault, _: &Key) {
        mend_file(&self.folder.path().join("accounts.db"), fault);
    }

    async fn try_open(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(self.storage.clone()))
    }
}

journey_testkit::storage_conformance!(sealed, SealedUnderTest);
journey_testkit::storage_conformance!(plaintext, PlaintextUnderTest);

#[tokio::test]
async fn nothing_secret_can_be_read_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Sqlite::open(folder.path().join("accounts.db"), sealing_key(7)).await.unwrap();
    let value = SecretBytes::from(b"AQIC5w.hunter2".to_vec());
    storage.put(&Key::session("server", "/", "demo"), value, None).await.unwrap();

    let mut seen = 0;
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        let content = if path.is_dir() { Vec::new() } else { fs::read(&path).unwrap() };
        assert!(!content.windows(7).any(|it| it == b"hunter2"), "{path:?}");
        seen += content.windows(4).filter(|it| it == b"demo").count();
    }
    assert!(seen > 0, "the search finds what is not sealed");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.db");
    fs::write(&path, vec![b'x'; 8192]).unwrap();
    #[cfg(unix)]
    set_mode(&path, 0o600);

    let refused = PlaintextSqlite::open(path).await.unwrap_err();

    assert_eq!(refused.kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn databases_of_other_programs_and_newer_releases_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (pragma, kind) in [
        ("PRAGMA application_id = 7; PRAGMA user_version = 1", ErrorKind::Unsupported),
        ("PRAGMA user_version = 2", ErrorKind::NewerVersion),
    ] {
        let path = folder.path().join(format!("{kind:?}.db"));
        drop(PlaintextSqlite::open(&path).await.unwrap());
        Connection::open(&path).unwrap().execute_batch(pragma).unwrap();

        assert_eq!(PlaintextSqlite::open(&path).await.unwrap_err().kind(), kind);
    }
}
