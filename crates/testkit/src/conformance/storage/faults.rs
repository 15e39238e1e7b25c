//! Faults are told apart, and none is taken for an empty store.

use journey_storage::{Error, Key, KeyPrefix, SecretBytes};

use crate::conformance::storage::run::{get, put, secret, session_key};
use crate::conformance::storage::{Fault, StorageUnderTest};

/// Stores a value and breaks the store, if it can be broken that way.
async fn broken<S: StorageUnderTest>(fault: Fault) -> Option<(S, Key)> {
    let (store, key) = (S::fresh().await, session_key("demo"));
    put(&*store.open().await, &key, b"value").await;
    store.break_it(fault, &key).await.then_some((store, key))
}

async fn try_get<S: StorageUnderTest>(store: &S, key: &Key) -> Result<Option<SecretBytes>, Error> {
    store.try_open().await?.get(key).await
}

async fn try_put<S: StorageUnderTest>(store: &S, key: &Key) -> Result<(), Error> {
    store.try_open().await?.put(key, secret(&vec![b'n'; 64 * 1024]), None).await
}

async fn assert_unreadable_until_mended<S: StorageUnderTest>(fault: Fault) {
    let Some((store, key)) = broken::<S>(fault).await else { return };

    let read = try_get(&store, &key).await.expect_err("a broken store reads nothing");
    assert_eq!(read.kind(), fault.expected());
    let absent = try_get(&store, &session_key("absent")).await;
    assert_eq!(absent.expect_err("nothing is known to be absent").kind(), fault.expected());
    let written = try_put(&store, &key).await.expect_err("a broken store writes nothing");
    assert_eq!(written.kind(), fault.expected());
    let listed = async { store.try_open().await?.list(&KeyPrefix::all()).await }.await;
    assert_eq!(listed.expect_err("a broken store lists nothing").kind(), fault.expected());

    store.mend_it(fault, &key).await;
    let value = get(&*store.open().await, &key).await;
    assert_eq!(value.as_deref(), Some(&b"value"[..]));
}

pub async fn an_unavailable_store_is_not_an_empty_one<S: StorageUnderTest>(_: &str) {
    assert_unreadable_until_mended::<S>(Fault::Unavailable).await;
}

pub async fn a_wrong_key_is_told_from_damage<S: StorageUnderTest>(_: &str) {
    assert_unreadable_until_mended::<S>(Fault::WrongKey).await;
}

pub async fn a_denied_store_is_not_an_empty_one<S: StorageUnderTest>(_: &str) {
    assert_unreadable_until_mended::<S>(Fault::Denied).await;
}

pub async fn a_corrupt_entry_is_told_and_can_be_replaced<S: StorageUnderTest>(_: &str) {
    let Some((store, key)) = broken::<S>(Fault::Corrupt).await else { return };
    let storage = store.open().await;

    for _ in 0..2 {
        let read = storage.get(&key).await.expect_err("a damaged entry cannot be read");
        assert_eq!(read.kind(), Fault::Corrupt.expected());
    }
    assert_eq!(get(&*storage, &session_key("other")).await, None);

    put(&*storage, &key, b"new").await;
    assert_eq!(get(&*storage, &key).await.as_deref(), Some(&b"new"[..]));

    store.break_it(Fault::Corrupt, &key).await;
    storage.remove(&key, None).await.expect("a damaged entry can be removed");
    assert_eq!(get(&*storage, &key).await, None);
}

pub async fn a_full_store_keeps_the_old_value<S: StorageUnderTest>(_: &str) {
    let Some((store, key)) = broken::<S>(Fault::Full).await else { return };

    let written = try_put(&store, &key).await.expect_err("a full store takes nothing");
    assert_eq!(written.kind(), Fault::Full.expected());
    assert_eq!(get(&*store.open().await, &key).await.as_deref(), Some(&b"value"[..]));

    store.mend_it(Fault::Full, &key).await;
    try_put(&store, &key).await.expect("there is space again");
}
