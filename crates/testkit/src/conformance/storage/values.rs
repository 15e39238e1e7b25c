//! Values come back as they went in.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use journey_storage::KeyPrefix;

use crate::conformance::storage::StorageUnderTest;
use crate::conformance::storage::run::{at_once, get, put, secret, session_key};

pub async fn an_absent_value_is_none<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;

    assert_eq!(get(&*store.open().await, &session_key("demo")).await, None);
}

pub async fn a_value_is_read_back_whole<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let storage = store.open().await;
    let every_byte = (0..=255).cycle().take(64 * 1024).collect::<Vec<u8>>();

    for length in [0, 1, 15, 16, 17, 255, 256, 4096, 16_384, 65_535, 65_536] {
        put(&*storage, &session_key("demo"), &every_byte[..length]).await;
        let read = get(&*storage, &session_key("demo")).await;
        assert!(read.as_deref() == Some(&every_byte[..length]), "a value of {length} bytes");
    }
}

pub async fn a_value_is_replaced_and_removed<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let storage = store.open().await;
    let key = session_key("demo");

    storage.remove(&key, None).await.expect("nothing can be removed");
    put(&*storage, &key, b"a longer first value").await;
    put(&*storage, &key, b"second").await;
    assert_eq!(get(&*storage, &key).await.as_deref(), Some(&b"second"[..]));

    storage.remove(&key, None).await.expect("a value can be removed");
    storage.remove(&key, None).await.expect("a value can be removed twice");
    assert_eq!(get(&*storage, &key).await, None);
}

pub async fn a_written_value_is_seen_by_all_users<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (early, key) = (store.open().await, session_key("demo"));
    let writer = store.open().await;
    put(&*writer, &key, b"value").await;
    drop(writer);

    assert_eq!(get(&*early, &key).await.as_deref(), Some(&b"value"[..]));
    assert_eq!(get(&*store.open().await, &key).await.as_deref(), Some(&b"value"[..]));

    store.open().await.remove(&key, None).await.expect("a value can be removed");
    assert_eq!(get(&*early, &key).await, None);
}

pub async fn writers_at_once_leave_one_whole_value<S: StorageUnderTest>(_: &str) {
    let store = Arc::new(S::fresh().await);
    let key = session_key("demo");
    put(&*store.open().await, &key, &value_of(0, 0)).await;

    at_once(&store, 4, move |user, storage| async move {
        let key = session_key("demo");
        for round in 0..10 {
            put(&*storage, &key, &value_of(user, round)).await;
            assert_whole(get(&*storage, &key).await);
        }
    })
    .await;

    assert_whole(get(&*store.open().await, &key).await);
}

fn value_of(user: usize, round: usize) -> Vec<u8> {
    let byte = u8::try_from(user * 16 + round).unwrap_or(0);
    vec![byte; 1000 * (user + 1) + round]
}

fn assert_whole(value: Option<Vec<u8>>) {
    let value = value.expect("the value is never gone");
    let first = usize::from(value[0]);
    assert!(value == value_of(first / 16, first % 16), "the value is one that was written");
}

pub async fn nothing_stored_is_shown_in_debug<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let storage = store.open().await;
    put(&*storage, &session_key("demo"), b"hunter2").await;
    let lock = storage.lock(&session_key("demo"), Duration::ZERO).await;
    let shown = format!("{storage:?} {lock:?} {store:?}");

    assert!(!shown.contains("hunter2"));
    assert!(!shown.contains(&format!("{:?}", b"hunter2")));
}

pub async fn a_call_outside_a_runtime_does_not_panic<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let storage = store.open().await;

    let thread = thread::spawn(move || {
        let key = session_key("demo");
        poll_once(storage.get(&key));
        poll_once(storage.put(&key, secret(b"value"), None));
        poll_once(storage.remove(&key, None));
        poll_once(storage.list(&KeyPrefix::all()));
        poll_once(storage.lock(&key, Duration::from_secs(1)));
    });

    thread.join().expect("a call outside a runtime is an error at most");
}

fn poll_once<T>(future: impl Future<Output = T>) {
    let _ = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
}
