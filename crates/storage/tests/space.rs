//! A disk without space and a folder that cannot be written.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/again.rs"]
mod again;

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use journey_storage::{Error, ErrorKind, File, Key, SealingKey, SecretBytes, Storage};
use secrecy::ExposeSecret;

/// An account without rights, on every Unix.
const NOBODY: u32 = 65_534;

fn key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "demo")
}

async fn open(folder: &Path) -> Result<File, Error> {
    let key = SealingKey::from_bytes(&SecretBytes::from(vec![7; 32])).unwrap();
    File::open(folder, key).await
}

async fn put(storage: &File, value: Vec<u8>) -> Result<(), Error> {
    storage.put(&key(), SecretBytes::from(value), None).await
}

async fn assert_old_value(storage: &File) {
    let value = storage.get(&key()).await.unwrap().unwrap();
    assert_eq!(value.expose_secret(), b"old");
    let entries = fs::read_dir(storage.folder().join("entries-1")).unwrap();
    assert_eq!(entries.count(), 1, "nothing half written is left");
}

fn assert_succeeds(mut command: Command) {
    let output = command.output().unwrap();
    let (out, err) = (&output.stdout, &output.stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
}

#[tokio::test]
async fn without_space_the_old_value_stays() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("store");
    put(&open(&folder).await.unwrap(), b"old".to_vec()).await.unwrap();

    // The shell takes all space beyond 16 kB away from the other process: the kernel then refuses
    // its writes as it does on a full disk.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]);
    command.arg(env::current_exe().unwrap());
    again::arguments(&mut command, "a_writer_without_space", folder.to_str().unwrap());
    assert_succeeds(command);

    let storage = open(&folder).await.unwrap();
    assert_old_value(&storage).await;
    put(&storage, vec![b'n'; 64 * 1024]).await.unwrap();
}

/// The other process of `without_space_the_old_value_stays`.
#[tokio::test]
async fn a_writer_without_space() {
    let Some(folder) = again::folder() else { return };
    let storage = open(Path::new(&folder)).await.unwrap();

    let refused = put(&storage, vec![b'n'; 64 * 1024]).await.unwrap_err();

    assert_eq!(refused.kind(), ErrorKind::Full);
    assert_old_value(&storage).await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_denied() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("store");
    put(&open(&folder).await.unwrap(), b"old".to_vec()).await.unwrap();

    // Whoever runs the tests as root may write anywhere, so the other process is nobody.
    let program = parent.path().join("program");
    // By a process of its own: while this one writes a program, a test on another thread that starts a process
    // would hand it the open file, and the kernel runs no program that somebody may still write.
    let copied = Command::new("cp").arg(env::current_exe().unwrap()).arg(&program).status();
    assert!(copied.unwrap().success());
    fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(&program);
    if chown(&folder, Some(NOBODY), Some(NOBODY)).is_ok() {
        give_to_nobody(&folder);
        command.uid(NOBODY).gid(NOBODY);
    }
    fs::set_permissions(folder.join("entries-1"), fs::Permissions::from_mode(0o500)).unwrap();
    again::arguments(&mut command, "a_writer_that_may_not", folder.to_str().unwrap());
    assert_succeeds(command);
}

fn give_to_nobody(folder: &Path) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        if path.is_dir() {
            give_to_nobody(&path);
        }
    }
}

/// The other process of `a_folder_that_cannot_be_written_is_denied`.
#[tokio::test]
async fn a_writer_that_may_not() {
    let Some(folder) = again::folder() else { return };
    let storage = open(Path::new(&folder)).await.unwrap();

    let refused = put(&storage, b"new".to_vec()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    let refused = storage.remove(&key(), None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert_old_value(&storage).await;

    let readable = fs::Permissions::from_mode(0o000);
    let entries = Path::new(&folder).join("entries-1");
    fs::set_permissions(entries, readable).unwrap();
    assert_eq!(storage.get(&key()).await.unwrap_err().kind(), ErrorKind::Denied);
}
