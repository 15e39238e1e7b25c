//! Files that somebody else has open, which is in the way on Windows only.

#![cfg(windows)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "other tests need the rest")]
mod support;

use std::{fs, os::windows::fs::OpenOptionsExt, path::Path, time::Duration};

use journey_storage::{Error, ErrorKind, FileLocks, Key, PlaintextFile, SecretBytes, Storage};
use secrecy::ExposeSecret;

use crate::support::entry_of;

fn key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "demo")
}

async fn put(storage: &PlaintextFile, value: &str) -> Result<(), Error> {
    storage.put(&key(), SecretBytes::from(value.as_bytes().to_vec()), None).await
}

async fn get(storage: &PlaintextFile) -> String {
    let value = storage.get(&key()).await.unwrap().unwrap();
    String::from_utf8(value.expose_secret().to_vec()).unwrap()
}

/// Opens a file so that nobody else can, like a scanner that looks at it.
fn open_alone(path: &Path) -> fs::File {
    fs::OpenOptions::new().read(true).share_mode(0).open(path).unwrap()
}

fn has_unfinished(folder: &Path) -> bool {
    let mut names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name());
    names.any(|it| it.to_str().unwrap().starts_with(".unfinished-"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_replaced_as_soon_as_nobody_else_has_its_file_open() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("store");
    let storage = PlaintextFile::open(&folder).await.unwrap();
    put(&storage, "old").await.unwrap();
    let entry = entry_of(&folder, &key());
    let scanner = open_alone(&entry);

    let mut writer = tokio::spawn({
        let storage = storage.clone();
        async move { put(&storage, "new").await }
    });
    // It ends within a second, whatever comes.
    let early = tokio::time::timeout(Duration::from_millis(100), &mut writer).await;
    assert!(early.is_err(), "{early:?}");
    drop(scanner);

    writer.await.unwrap().unwrap();
    assert_eq!(get(&storage).await, "new");
    assert!(!has_unfinished(entry.parent().unwrap()));
}

#[tokio::test]
async fn a_refused_value_leaves_the_old_one_and_no_draft() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("store");
    let storage = PlaintextFile::open(&folder).await.unwrap();
    put(&storage, "old").await.unwrap();
    let entry = entry_of(&folder, &key());
    let scanner = open_alone(&entry);

    let refused = put(&storage, "new").await.unwrap_err();

    drop(scanner);
    assert!(matches!(refused.kind(), ErrorKind::Denied | ErrorKind::Unavailable), "{refused:?}");
    assert!(!has_unfinished(entry.parent().unwrap()));
    assert_eq!(get(&storage).await, "old");
}

#[tokio::test]
async fn a_lock_in_use_cannot_be_removed_so_that_it_is_never_held_twice() {
    let parent = tempfile::tempdir().unwrap();
    let locks = FileLocks::open(parent.path().join("locks")).unwrap();
    let lock = locks.take(&key(), Duration::ZERO).await.unwrap();

    for file in fs::read_dir(parent.path().join("locks")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|it| it == "lock") {
            fs::remove_file(path).unwrap_err();
        }
    }

    let again = locks.take(&key(), Duration::ZERO).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::LockTimeout);
    lock.release().await.unwrap();
}
