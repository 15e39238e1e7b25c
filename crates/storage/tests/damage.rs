//! Files that are damaged, foreign, readable by others, half written or gone.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use journey_storage::{
    Error, ErrorKind, File, Key, KeyPrefix, PlaintextFile, SealingKey, SecretBytes, Storage,
    raise_generation,
};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::support::{entry_of, flip_a_byte};

const SERVER: &str = "https://am.example.com/am";
const TOKEN: &[u8] = b"AQIC5wM2LY4Sfcz.token.hunter2";

fn key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "alice")
}

fn other_key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "bob")
}

struct Store {
    _parent: TempDir,
    folder: PathBuf,
    sealing_key: SealingKey,
    storage: File,
}

/// A store that holds a token.
async fn store() -> Store {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("store");
    let sealing_key = SealingKey::generate().unwrap();
    let storage = File::open(&folder, sealing_key.clone()).await.unwrap();
    put(&storage, &key(), TOKEN).await.unwrap();
    Store { _parent: parent, folder, sealing_key, storage }
}

async fn put(storage: &impl Storage, key: &Key, value: &[u8]) -> Result<(), Error> {
    storage.put(key, SecretBytes::from(value.to_vec()), None).await
}

async fn get(storage: &impl Storage, key: &Key) -> Result<Option<Vec<u8>>, ErrorKind> {
    let value = storage.get(key).await.map_err(|it| it.kind())?;
    Ok(value.map(|it| it.expose_secret().to_vec()))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    paths.flat_map(|it| if it.is_dir() { files(&it) } else { vec![it] }).collect()
}

fn unfinished(folder: &Path) -> usize {
    files(folder).iter().filter(|it| it.to_str().unwrap().contains(".unfinished-")).count()
}

#[tokio::test]
async fn nothing_secret_can_be_read_in_the_files() {
    let store = store().await;
    drop(store.storage.lock(&key(), Duration::ZERO).await.unwrap());

    for file in files(&store.folder) {
        let mut content = fs::read(&file).unwrap();
        content.extend_from_slice(file.to_str().unwrap().as_bytes());
        for secret in [TOKEN, b"hunter2", b"am.example.com", b"alice"] {
            assert!(!content.windows(secret.len()).any(|it| it == secret), "{file:?}");
        }
        let secret = store.sealing_key.to_bytes();
        assert!(!content.windows(32).any(|it| it == secret.expose_secret()), "{file:?}");
    }
}

#[tokio::test]
async fn a_plain_file_is_what_that_search_finds() {
    let parent = tempfile::tempdir().unwrap();
    let storage = PlaintextFile::open(parent.path().join("store")).await.unwrap();
    put(&storage, &key(), TOKEN).await.unwrap();

    let content = fs::read(entry_of(storage.folder(), &key())).unwrap();

    assert!(content.windows(TOKEN.len()).any(|it| it == TOKEN));
}

#[tokio::test]
async fn any_changed_byte_of_an_entry_is_noticed() {
    let store = store().await;
    let path = entry_of(&store.folder, &key());
    let whole = fs::read(&path).unwrap();

    for index in 0..whole.len() {
        let mut changed = whole.clone();
        changed[index] ^= 0x10;
        fs::write(&path, changed).unwrap();
        let error = get(&store.storage, &key()).await.unwrap_err();
        assert!(matches!(error, ErrorKind::Corrupt | ErrorKind::NewerVersion), "byte {index}");
    }
}

#[tokio::test]
async fn any_changed_byte_of_the_header_is_noticed() {
    let store = store().await;
    let path = store.folder.join("store");
    let whole = fs::read(&path).unwrap();

    for index in 0..whole.len() {
        let mut changed = whole.clone();
        changed[index] ^= 0x10;
        fs::write(&path, changed).unwrap();
        assert!(get(&store.storage, &key()).await.is_err(), "byte {index}");
        assert!(File::open(&store.folder, store.sealing_key.clone()).await.is_err());
    }
}

#[tokio::test]
async fn a_half_written_entry_is_corrupt_and_not_absent() {
    let store = store().await;
    let path = entry_of(&store.folder, &key());
    let whole = fs::read(&path).unwrap();

    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::Corrupt), "{length} bytes");
    }
}

#[tokio::test]
async fn an_entry_of_another_store_is_corrupt_and_not_a_wrong_key() {
    let (ours, theirs) = (store().await, store().await);

    fs::copy(entry_of(&theirs.folder, &key()), entry_of(&ours.folder, &key())).unwrap();

    assert_eq!(get(&ours.storage, &key()).await, Err(ErrorKind::Corrupt));
}

#[tokio::test]
async fn an_entry_under_another_name_is_corrupt() {
    let store = store().await;
    put(&store.storage, &other_key(), b"other").await.unwrap();

    fs::copy(entry_of(&store.folder, &other_key()), entry_of(&store.folder, &key())).unwrap();

    assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::Corrupt));
}

#[tokio::test]
async fn a_damaged_entry_of_one_account_leaves_the_others_alone() {
    let store = store().await;
    let tokens = Key::tokens("https://am.example.com/am", "/alpha", "bob", "client", ["openid"]);
    put(&store.storage, &tokens, b"other").await.unwrap();
    flip_a_byte(&entry_of(&store.folder, &key()));

    let bob = KeyPrefix::account("https://am.example.com/am", "/alpha", "bob");
    let alice = KeyPrefix::account("https://am.example.com/am", "/alpha", "alice");

    assert_eq!(store.storage.list(&bob).await.unwrap(), [tokens]);
    assert_eq!(store.storage.list(&alice).await.unwrap_err().kind(), ErrorKind::Corrupt);
    let counter = Key::generation("https://am.example.com/am", "/alpha", "alice");
    assert_eq!(raise_generation(&store.storage, &counter).await.unwrap(), 1);
}

#[tokio::test]
async fn an_unreadable_entry_keeps_no_tokens_from_being_listed_and_everything_else() {
    for (damage, kind) in DAMAGES {
        lists_tokens_and_nothing_else(damage, kind).await;
    }
}

/// What makes an entry unreadable, and how.
type Damage = (fn(&Path), ErrorKind);

const DAMAGES: [Damage; 2] =
    [(flip_a_byte, ErrorKind::Corrupt), (make_newer, ErrorKind::NewerVersion)];

fn make_newer(path: &Path) {
    let mut content = fs::read(path).unwrap();
    // After the four bytes that every sealed file begins with.
    content[4] = u8::MAX;
    fs::write(path, content).unwrap();
}

async fn lists_tokens_and_nothing_else(damage: fn(&Path), kind: ErrorKind) {
    let store = store().await;
    let tokens = |scope| Key::tokens(SERVER, "/alpha", "bob", "client", [scope]);
    // A purpose of that name is none of ours.
    let custom = |detail| Key::custom(SERVER, "/alpha", "bob", "tokens", detail);
    for keys in [["one", "two"].map(tokens), ["one", "two"].map(custom)] {
        for key in &keys {
            put(&store.storage, key, b"other").await.unwrap();
        }
        damage(&entry_of(&store.folder, &keys[0]));
    }

    let client = KeyPrefix::client_tokens(SERVER, "/alpha", "bob", "client");
    assert_eq!(store.storage.list(&client).await.unwrap(), [tokens("two")], "{kind:?}");
    for prefix in [
        KeyPrefix::custom(SERVER, "/alpha", "bob", "tokens"),
        KeyPrefix::account(SERVER, "/alpha", "bob"),
    ] {
        assert_eq!(store.storage.list(&prefix).await.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn tokens_that_can_not_be_read_are_listed_to_be_removed() {
    for (damage, kind) in DAMAGES {
        let store = store().await;
        let tokens = |scope| Key::tokens(SERVER, "/alpha", "bob", "client", [scope]);
        for scope in ["one", "two"] {
            put(&store.storage, &tokens(scope), b"other").await.unwrap();
        }
        damage(&entry_of(&store.folder, &tokens("one")));

        let all = KeyPrefix::tokens(SERVER, "/alpha", "bob");
        let mut listed = store.storage.list(&all).await.unwrap();
        listed.retain(|it| *it != tokens("two"));
        let [unread] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!(get(&store.storage, unread).await, Err(kind));
        assert!(all.matches(unread) && Key::parse(unread.as_str()).is_none());

        store.storage.remove(unread, None).await.unwrap();
        assert_eq!(store.storage.list(&all).await.unwrap(), [tokens("two")]);
        assert_eq!(get(&store.storage, &tokens("one")).await, Ok(None));
    }
}

#[tokio::test]
async fn a_damaged_entry_is_kept_aside() {
    let store = store().await;
    let path = entry_of(&store.folder, &key());
    flip_a_byte(&path);
    let damaged = fs::read(&path).unwrap();

    assert!(store.storage.set_aside(&key()).await.unwrap());

    assert_eq!(get(&store.storage, &key()).await, Ok(None));
    assert!(!store.storage.set_aside(&key()).await.unwrap());
    let kept = files(&store.folder.join("set-aside"));
    assert_eq!(fs::read(&kept[0]).unwrap(), damaged);
}

#[tokio::test]
async fn all_damaged_entries_are_set_aside_and_nothing_else_is() {
    let store = store().await;
    let counter = Key::generation(SERVER, "/alpha", "alice");
    put(&store.storage, &other_key(), TOKEN).await.unwrap();
    let whole = files(&store.folder.join("entries-1"));
    raise_generation(&store.storage, &counter).await.unwrap();
    let mark = files(&store.folder.join("entries-1")).into_iter().find(|it| !whole.contains(it));
    flip_a_byte(&mark.unwrap());
    flip_a_byte(&entry_of(&store.folder, &key()));
    assert!(raise_generation(&store.storage, &counter).await.is_err());

    assert_eq!(store.storage.set_aside_damaged().await.unwrap(), 2);

    assert_eq!(get(&store.storage, &key()).await, Ok(None));
    assert_eq!(get(&store.storage, &other_key()).await, Ok(Some(TOKEN.to_vec())));
    assert_eq!(raise_generation(&store.storage, &counter).await.unwrap(), 1);
    assert_eq!(files(&store.folder.join("set-aside")).len(), 2);
}

#[tokio::test]
async fn what_a_newer_release_wrote_is_not_set_aside() {
    let store = store().await;
    make_newer(&entry_of(&store.folder, &key()));

    assert_eq!(store.storage.set_aside_damaged().await.unwrap(), 0);

    assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::NewerVersion));
}

#[tokio::test]
async fn a_store_with_a_damaged_header_can_be_reset_and_is_kept() {
    let store = store().await;
    flip_a_byte(&store.folder.join("store"));
    let refused = File::open(&store.folder, store.sealing_key.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt);

    let kept = File::reset(&store.folder).await.unwrap().unwrap();

    let new = File::open(&store.folder, store.sealing_key.clone()).await.unwrap();
    assert_eq!(get(&new, &key()).await, Ok(None));
    assert!(entry_of(&kept, &key()).exists());
    assert_eq!(File::reset(kept.join("absent")).await.unwrap(), None);
}

#[tokio::test]
async fn a_store_without_its_header_is_not_taken_for_a_new_one() {
    let store = store().await;
    fs::remove_file(store.folder.join("store")).unwrap();

    let refused = File::open(&store.folder, store.sealing_key.clone()).await.unwrap_err();

    assert_eq!(refused.kind(), ErrorKind::Corrupt);
    assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::Unavailable));
}

#[tokio::test]
async fn a_plain_store_and_a_sealed_one_are_not_mixed_up() {
    let sealed = store().await;
    let plain = tempfile::tempdir().unwrap();
    let plain = plain.path().join("store");
    PlaintextFile::open(&plain).await.unwrap();

    let refused = PlaintextFile::open(&sealed.folder).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    let refused = File::open(&plain, sealed.sealing_key).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_removed_folder_is_not_an_empty_store() {
    let store = store().await;
    fs::remove_dir_all(store.folder.join("entries-1")).unwrap();

    assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::Unavailable));
    let written = put(&store.storage, &key(), b"new").await.unwrap_err();
    assert_eq!(written.kind(), ErrorKind::Unavailable);
    let removed = store.storage.remove(&key(), None).await.unwrap_err();
    assert_eq!(removed.kind(), ErrorKind::Unavailable);
    let listed = store.storage.list(&KeyPrefix::all()).await.unwrap_err();
    assert_eq!(listed.kind(), ErrorKind::Unavailable);

    fs::remove_dir_all(&store.folder).unwrap();
    assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::Unavailable));
    let locked = store.storage.lock(&key(), Duration::ZERO).await.unwrap_err();
    assert_eq!(locked.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_lock_whose_file_was_removed_entitles_to_nothing() {
    let store = store().await;
    let lock = store.storage.lock(&key(), Duration::ZERO).await.unwrap();
    for file in files(&store.folder.join("locks")) {
        // Windows keeps the one that is open.
        assert!(fs::remove_file(file).is_ok() || cfg!(windows));
    }

    let value = SecretBytes::from(b"late".to_vec());
    let written = store.storage.put(&key(), value, Some(&*lock)).await.unwrap_err();

    assert_eq!(written.kind(), ErrorKind::LockLost);
    assert_eq!(lock.release().await.unwrap_err().kind(), ErrorKind::LockLost);
    assert_eq!(get(&store.storage, &key()).await.unwrap().as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn what_a_crash_left_is_tidied_away() {
    let store = store().await;
    let entries = store.folder.join("entries-1");
    fs::write(entries.join(".unfinished-abc"), b"half").unwrap();
    fs::write(store.folder.join(".unfinished-def"), b"half").unwrap();
    fs::create_dir(store.folder.join("entries-2")).unwrap();

    let again = File::open(&store.folder, store.sealing_key.clone()).await.unwrap();

    assert_eq!(unfinished(&store.folder), 0);
    assert!(!store.folder.join("entries-2").exists());
    assert_eq!(get(&again, &key()).await.unwrap().as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn a_changed_key_opens_everything_and_the_old_one_nothing() {
    let store = store().await;
    put(&store.storage, &other_key(), b"other").await.unwrap();
    let new_key = SealingKey::generate().unwrap();

    let changed = store.storage.change_key(new_key.clone()).await.unwrap();

    for storage in [changed, File::open(&store.folder, new_key).await.unwrap()] {
        assert_eq!(get(&storage, &key()).await.unwrap().as_deref(), Some(TOKEN));
        assert_eq!(get(&storage, &other_key()).await.unwrap().as_deref(), Some(&b"other"[..]));
    }
    assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::WrongKey));
    let refused = File::open(&store.folder, store.sealing_key).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WrongKey);
    assert!(!store.folder.join("entries-1").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_in_a_change_of_the_key() {
    let store = store().await;
    let keys = (0..40).map(|it| Key::session("server", "/", &it.to_string())).collect::<Vec<_>>();
    let mut writers = JoinSet::new();
    for key in keys {
        let storage = store.storage.clone();
        writers.spawn(async move { (put(&storage, &key, b"new").await, key) });
    }

    let changed = store.storage.change_key(SealingKey::generate().unwrap()).await.unwrap();

    for (written, key) in writers.join_all().await {
        match written {
            Ok(()) => assert_eq!(get(&changed, &key).await.unwrap().as_deref(), Some(&b"new"[..])),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WrongKey),
        }
    }
    assert_eq!(get(&changed, &key()).await.unwrap().as_deref(), Some(TOKEN));
}

#[tokio::test]
async fn a_change_of_the_key_that_fails_changes_nothing() {
    let store = store().await;
    put(&store.storage, &other_key(), b"other").await.unwrap();
    flip_a_byte(&entry_of(&store.folder, &other_key()));

    let failed = store.storage.change_key(SealingKey::generate().unwrap()).await.unwrap_err();

    assert_eq!(failed.kind(), ErrorKind::Corrupt);
    let again = File::open(&store.folder, store.sealing_key).await.unwrap();
    assert_eq!(get(&again, &key()).await.unwrap().as_deref(), Some(TOKEN));
}

#[cfg(unix)]
#[tokio::test]
async fn what_others_may_use_is_refused() {
    let store = store().await;
    let entry = entry_of(&store.folder, &key());

    for mode in [0o640, 0o604, 0o620, 0o610] {
        support::set_mode(&entry, mode);
        assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::Denied), "{mode:o}");
    }
    support::set_mode(&entry, 0o600);
    assert!(get(&store.storage, &key()).await.is_ok());

    for mode in [0o750, 0o705, 0o711] {
        support::set_mode(&store.folder, mode);
        assert_eq!(get(&store.storage, &key()).await, Err(ErrorKind::Denied), "{mode:o}");
        let refused = File::open(&store.folder, store.sealing_key.clone()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Denied, "{mode:o}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_and_folders_are_made_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let store = store().await;
    drop(store.storage.lock(&key(), Duration::ZERO).await.unwrap());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    assert_eq!(mode(&store.folder), 0o700);
    assert_eq!(mode(&store.folder.join("entries-1")), 0o700);
    assert_eq!(mode(&store.folder.join("locks")), 0o700);
    for file in files(&store.folder) {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
}

#[cfg(feature = "passphrase")]
mod passphrase {
    use super::*;

    #[tokio::test]
    async fn a_passphrase_opens_the_store_until_it_is_changed() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("store");
        let storage = File::open_with_passphrase(&folder, "first".into()).await.unwrap();
        put(&storage, &key(), TOKEN).await.unwrap();

        storage.change_passphrase("second".into()).await.unwrap();

        let refused = File::open_with_passphrase(&folder, "first".into()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::WrongKey);
        let again = File::open_with_passphrase(&folder, "second".into()).await.unwrap();
        assert_eq!(get(&again, &key()).await.unwrap().as_deref(), Some(TOKEN));
    }

    #[tokio::test]
    async fn openers_at_once_agree_on_one_key() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("store");
        let open = || File::open_with_passphrase(&folder, "same".into());

        let (first, second, third) = tokio::join!(open(), open(), open());

        put(&first.unwrap(), &key(), TOKEN).await.unwrap();
        assert_eq!(get(&second.unwrap(), &key()).await.unwrap().as_deref(), Some(TOKEN));
        assert_eq!(get(&third.unwrap(), &key()).await.unwrap().as_deref(), Some(TOKEN));
    }

    #[tokio::test]
    async fn a_store_with_a_key_is_not_opened_by_a_passphrase() {
        let store = store().await;

        let refused = File::open_with_passphrase(&store.folder, "any".into()).await.unwrap_err();

        assert_eq!(refused.kind(), ErrorKind::WrongKey);
    }

    #[tokio::test]
    async fn a_forged_header_cannot_ask_for_all_the_memory() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("store");
        File::open_with_passphrase(&folder, "first".into()).await.unwrap();
        let mut header = fs::read(folder.join("store")).unwrap();
        header[2..6].copy_from_slice(&u32::MAX.to_be_bytes());
        fs::write(folder.join("store"), header).unwrap();

        let refused = File::open_with_passphrase(&folder, "first".into()).await.unwrap_err();

        assert_eq!(refused.kind(), ErrorKind::Corrupt);
    }
}
