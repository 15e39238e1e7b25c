//! The store of one host: a folder.

use std::sync::Arc;

use journey_storage::{File, SealingKey, SecretBytes, Storage};
use tempfile::TempDir;

pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// What a process needs to open the store.
    pub(crate) fn address(&self) -> String {
        self.0.path().join("store").to_str().unwrap().to_owned()
    }
}

pub(crate) async fn open(address: &str) -> Arc<dyn Storage> {
    let key = SealingKey::from_bytes(&SecretBytes::from(vec![7; 32])).unwrap();
    Arc::new(File::open(address, key).await.unwrap())
}
