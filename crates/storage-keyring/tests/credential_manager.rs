//! The Credential Manager of Windows.

#![cfg(windows)]

use journey_storage::{File, Key, SecretBytes, Storage};
use journey_storage_keyring::Keyring;

#[tokio::test]
async fn a_key_in_the_credential_manager_seals_a_store() {
    let service = format!("journey-test-{}", std::process::id());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let account = Key::session("https://am.example.com/am", "/", "demo");

    let keyring = Keyring::open(&service).await.unwrap();
    assert!(keyring.key("store").await.unwrap().is_none());
    let made = keyring.key_or_new("store").await.unwrap();
    let storage = File::open(&store, made).await.unwrap();
    storage.put(&account, SecretBytes::from(b"value".to_vec()), None).await.unwrap();

    let keyring = Keyring::open(&service).await.unwrap();
    let read = keyring.key("store").await.unwrap().unwrap();
    let storage = File::open(&store, read).await.unwrap();
    assert!(storage.get(&account).await.unwrap().is_some());

    keyring.remove("store").await.unwrap();
    assert!(keyring.key("store").await.unwrap().is_none());
}
