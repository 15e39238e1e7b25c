//! The stores of files do what every store must do.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::PathBuf;

use async_trait::async_trait;
use journey_storage::{Error, File, Key, PlaintextFile, SealingKey, SecretBytes, Storage};
use journey_testkit::conformance::storage::{Fault, StorageUnderTest};
use tempfile::TempDir;

use crate::support::{entry_of, flip_a_byte};

/// How a test breaks a folder, whatever is in its files.
async fn break_folder(folder: &PathBuf, fault: Fault, key: &Key) -> bool {
    match fault {
        Fault::Unavailable => fs::rename(folder, folder.with_extension("away")).unwrap(),
        Fault::Corrupt => flip_a_byte(&entry_of(folder, key)),
        #[cfg(unix)]
        Fault::Denied => support::set_mode(folder, 0o750),
        _ => return false,
    }
    true
}

async fn mend_folder(folder: &PathBuf, fault: Fault) {
    match fault {
        Fault::Unavailable => fs::rename(folder.with_extension("away"), folder).unwrap(),
        #[cfg(unix)]
        Fault::Denied => support::set_mode(folder, 0o700),
        _ => {}
    }
}

#[derive(Debug)]
struct SealedUnderTest {
    parent: TempDir,
    key: SealingKey,
    storage: File,
}

impl SealedUnderTest {
    fn folder(&self) -> PathBuf {
        self.parent.path().join("store")
    }
}

#[async_trait]
impl StorageUnderTest for SealedUnderTest {
    async fn fresh() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let key = SealingKey::from_bytes(&SecretBytes::from(vec![7; 32])).unwrap();
        let storage = File::open(parent.path().join("store"), key.clone()).await.unwrap();
        Self { parent, key, storage }
    }

    async fn open(&self) -> Box<dyn Storage> {
        Box::new(File::open(self.folder(), self.key.clone()).await.unwrap())
    }

    fn address(&self) -> Option<String> {
        Some(self.folder().to_str().unwrap().to_owned())
    }

    async fn open_at(address: &str) -> Box<dyn Storage> {
        let key = SealingKey::from_bytes(&SecretBytes::from(vec![7; 32])).unwrap();
        Box::new(File::open(address, key).await.unwrap())
    }

    async fn break_it(&self, fault: Fault, key: &Key) -> bool {
        if fault == Fault::WrongKey {
            // Another process seals the folder anew while this one has it open.
            let other =
                File::open(self.parent.path().join("other"), SealingKey::generate().unwrap());
            drop(other.await.unwrap());
            fs::rename(self.folder().join("store"), self.parent.path().join("kept")).unwrap();
            fs::copy(self.parent.path().join("other/store"), self.folder().join("store")).unwrap();
            return true;
        }
        break_folder(&self.folder(), fault, key).await
    }

    async fn mend_it(&self, fault: Fault, _: &Key) {
        if fault == Fault::WrongKey {
            fs::rename(self.parent.path().join("kept"), self.folder().join("store")).unwrap();
        }
        mend_folder(&self.folder(), fault).await;
    }

    // Opening a folder that is gone makes a new store, so faults are looked at through one that
    // was open before.
    async fn try_open(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(self.storage.clone()))
    }
}

#[derive(Debug)]
struct PlaintextUnderTest {
    parent: TempDir,
    storage: PlaintextFile,
}

impl PlaintextUnderTest {
    fn folder(&self) -> PathBuf {
        self.parent.path().join("store")
    }
}

#[async_trait]
impl StorageUnderTest for PlaintextUnderTest {
    async fn fresh() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let storage = PlaintextFile::open(parent.path().join("store")).await.unwrap();
        Self { parent, storage }
    }

    async fn open(&self) -> Box<dyn Storage> {
        Box::new(PlaintextFile::open(self.folder()).await.unwrap())
    }

    fn address(&self) -> Option<String> {
        Some(self.folder().to_str().unwrap().to_owned())
    }

    async fn open_at(address: &str) -> Box<dyn Storage> {
        Box::new(PlaintextFile::open(address).await.unwrap())
    }

    async fn break_it(&self, fault: Fault, key: &Key) -> bool {
        break_folder(&self.folder(), fault, key).await
    }

    async fn mend_it(&self, fault: Fault, _: &Key) {
        mend_folder(&self.folder(), fault).await;
    }

    async fn try_open(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(self.storage.clone()))
    }
}

journey_testkit::storage_conformance!(sealed, SealedUnderTest);
journey_testkit::storage_conformance!(plaintext, PlaintextUnderTest);
