//! A writer that is killed at any moment leaves the old or the new value, never another.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/again.rs"]
mod again;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;

use journey_storage::{ErrorKind, File, Key, SealingKey, SecretBytes, Storage};
use secrecy::ExposeSecret;

/// All of them with the other slow tests, so that the usual run stays quick.
const ROUNDS: u32 = if cfg!(feature = "test-with-tools") { 1000 } else { 100 };

fn key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "demo")
}

async fn open(folder: &Path) -> File {
    let key = SealingKey::from_bytes(&SecretBytes::from(vec![7; 32])).unwrap();
    File::open(folder, key).await.expect("a store opens after every crash")
}

/// A value that tells its number and whether it is whole.
fn value(number: u64) -> Vec<u8> {
    let filler = usize::try_from(number * 7919 % 20_000).unwrap();
    let mut value = format!("{number} {filler} ").into_bytes();
    value.resize(value.len() + filler, b'.');
    value
}

async fn number(storage: &File) -> u64 {
    let Some(read) = storage.get(&key()).await.expect("the value is never damaged") else {
        return 0;
    };
    let read = read.expose_secret();
    let text = str::from_utf8(read).unwrap();
    let number = text.split(' ').next().unwrap().parse().unwrap();
    assert!(read == value(number), "value {number} is whole");
    number
}

#[tokio::test]
async fn a_killed_writer_leaves_the_old_or_the_new_value() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("store");
    let mut stored = number(&open(&folder).await).await;

    for round in 0..ROUNDS {
        let mut command = Command::new(env::current_exe().unwrap());
        again::arguments(&mut command, "the_writer", folder.to_str().unwrap());
        let mut writer = command.spawn().unwrap();
        let output = BufReader::new(writer.stdout.take().unwrap());
        let mut numbers = output.lines().map_while(Result::ok).filter_map(|it| it.parse().ok());
        let mut told = stored;
        for _ in 0..round % 4 {
            told = numbers.next().unwrap_or(told);
        }
        for _ in 0..getrandom::u32().unwrap() % 200_000 {
            std::hint::spin_loop();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        told = numbers.last().unwrap_or(told);

        stored = number(&open(&folder).await).await;

        assert!(stored == told || stored == told + 1, "{stored} is stored, {told} was told");
    }

    drop(open(&folder).await);
    let left = fs::read_dir(folder.join("entries-1")).unwrap().count();
    assert_eq!(left, 1, "no crash leaves a file behind for good");
    assert!(stored > u64::from(ROUNDS) / 2, "the writer got to write: {stored}");
}

#[tokio::test]
async fn a_change_of_the_key_that_is_killed_changes_all_or_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("store");
    let storage = File::open(&folder, sealing_key(1)).await.unwrap();
    for number in 0..10 {
        let key = Key::session("server", "/", &number.to_string());
        storage.put(&key, SecretBytes::from(value(number)), None).await.unwrap();
    }
    let mut seen = [0_u32; 2];

    for _ in 0..ROUNDS / 10 {
        let mut command = Command::new(env::current_exe().unwrap());
        again::arguments(&mut command, "the_changer", folder.to_str().unwrap());
        let mut changer = command.spawn().unwrap();
        let output = BufReader::new(changer.stdout.take().unwrap());
        let mut lines = output.lines().map_while(Result::ok);
        assert!(lines.any(|it| it == "changed"), "the changer gets to change");
        for _ in 0..getrandom::u32().unwrap() % 400_000 {
            std::hint::spin_loop();
        }
        changer.kill().unwrap();
        changer.wait().unwrap();

        let (storage, at) = open_by_either(&folder).await;
        seen[at] += 1;
        for number in 0..10 {
            let key = Key::session("server", "/", &number.to_string());
            let read = storage.get(&key).await.unwrap().unwrap();
            assert!(read.expose_secret() == value(number), "value {number} is whole");
        }
    }

    assert!(seen.iter().all(|it| *it > 0), "kills hit before and after: {seen:?}");
}

fn sealing_key(byte: u8) -> SealingKey {
    SealingKey::from_bytes(&SecretBytes::from(vec![byte; 32])).unwrap()
}

/// Opens the store with the one of two keys that fits, and says which.
async fn open_by_either(folder: &Path) -> (File, usize) {
    match File::open(folder, sealing_key(1)).await {
        Ok(storage) => (storage, 0),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WrongKey);
            (File::open(folder, sealing_key(2)).await.unwrap(), 1)
        }
    }
}

/// The other process: changes the key to and fro until it is killed.
#[tokio::test]
async fn the_changer() {
    let Some(folder) = again::folder() else { return };
    let (mut storage, mut at) = open_by_either(Path::new(&folder)).await;
    loop {
        at = 1 - at;
        storage = storage.change_key(sealing_key(if at == 0 { 1 } else { 2 })).await.unwrap();
        let mut output = std::io::stdout().lock();
        writeln!(output, "\nchanged").unwrap();
        output.flush().unwrap();
    }
}

/// The other process: writes until it is killed, and tells each number once it is stored.
#[tokio::test]
async fn the_writer() {
    let Some(folder) = again::folder() else { return };
    let storage = open(Path::new(&folder)).await;
    let mut number = number(&storage).await;
    loop {
        number += 1;
        storage.put(&key(), SecretBytes::from(value(number)), None).await.unwrap();
        let mut output = std::io::stdout().lock();
        writeln!(output, "\n{number}").unwrap();
        output.flush().unwrap();
    }
}
