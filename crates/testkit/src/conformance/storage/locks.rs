//! One holder at a time, and none that writes too late.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{Error, ErrorKind, Key, Lock, Storage};

use crate::conformance::storage::StorageUnderTest;
use crate::conformance::storage::run::{at_once, count, count_up, get, put, secret, session_key};

const LONG: Duration = Duration::from_secs(60);

async fn take(storage: &dyn Storage, key: &Key) -> Box<dyn Lock> {
    storage.lock(key, LONG).await.expect("a free lock can be taken")
}

async fn assert_taken(storage: &dyn Storage, key: &Key) {
    let refused = storage.lock(key, Duration::ZERO).await;
    let refused = refused.expect_err("a lock that is held cannot be taken");
    assert_eq!(refused.kind(), ErrorKind::LockTimeout);
}

pub async fn a_lock_keeps_others_out<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (ours, theirs, key) = (store.open().await, store.open().await, session_key("demo"));

    let lock = take(&*ours, &key).await;
    assert_eq!(lock.key(), &key);
    assert_taken(&*ours, &key).await;
    assert_taken(&*theirs, &key).await;

    lock.release().await.expect("the lock is still held");
    let lock = theirs.lock(&key, Duration::ZERO).await.expect("a released lock is free at once");
    assert_taken(&*ours, &key).await;
    drop(lock);
}

pub async fn locks_of_other_keys_are_independent<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let storage = store.open().await;

    let _first = take(&*storage, &session_key("demo")).await;

    for other in ["Demo", "demo/", "de", ""] {
        let lock = storage.lock(&session_key(other), Duration::ZERO).await;
        drop(lock.expect("the lock of another key is free"));
    }
}

pub async fn a_lock_keeps_nobody_from_reading_or_writing<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (ours, theirs, key) = (store.open().await, store.open().await, session_key("demo"));

    let lock = take(&*ours, &key).await;
    put(&*theirs, &key, b"value").await;

    assert_eq!(get(&*theirs, &key).await.as_deref(), Some(&b"value"[..]));
    theirs.remove(&key, None).await.expect("a value can be removed");
    lock.release().await.expect("the lock is still held");
}

pub async fn a_waiting_caller_gets_the_lock<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (ours, theirs, key) = (store.open().await, store.open().await, session_key("demo"));

    let lock = take(&*ours, &key).await;
    let (released, taken) = tokio::join!(
        async {
            // The other branch has been polled by now, and waits.
            tokio::task::yield_now().await;
            lock.release().await
        },
        theirs.lock(&key, LONG),
    );

    released.expect("the lock is still held");
    taken.expect("the lock becomes free").release().await.expect("the lock is still held");
}

pub async fn a_caller_that_gives_up_leaves_no_lock<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (ours, theirs, key) = (store.open().await, store.open().await, session_key("demo"));

    let lock = take(&*ours, &key).await;
    {
        let mut waiting = pin!(theirs.lock(&key, LONG));
        let polled = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending), "a lock that is held is waited for");
    }
    lock.release().await.expect("the lock is still held");

    drop(theirs);
    take(&*ours, &key).await.release().await.expect("the lock is still held");
}

pub async fn a_dropped_lock_becomes_free<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (ours, theirs, key) = (store.open().await, store.open().await, session_key("demo"));

    drop(take(&*ours, &key).await);

    let lock = theirs.lock(&key, store.lease() + LONG).await;
    lock.expect("a dropped lock becomes free").release().await.expect("the lock is still held");
}

pub async fn fences_rise<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let key = session_key("demo");
    let mut newest = 0;

    for _ in 0..5 {
        let lock = take(&*store.open().await, &key).await;
        assert!(lock.fence() > newest, "{} after {newest}", lock.fence());
        newest = lock.fence();
        lock.release().await.expect("the lock is still held");
    }
}

/// The lock of a holder that slept while another took it.
#[derive(Debug)]
struct Overtaken {
    key: Key,
    fence: u64,
}

#[async_trait]
impl Lock for Overtaken {
    fn key(&self) -> &Key {
        &self.key
    }

    fn fence(&self) -> u64 {
        self.fence
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        Ok(())
    }
}

pub async fn an_overtaken_lock_cannot_write<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (storage, lock_key) = (store.open().await, session_key("lock"));
    let (ours, absent) = (session_key("demo"), session_key("absent"));
    let first = take(&*storage, &lock_key).await;
    let overtaken = Overtaken { key: lock_key.clone(), fence: first.fence() };
    storage.put(&ours, secret(b"old"), Some(&*first)).await.expect("the holder can write");
    first.release().await.expect("the lock is still held");
    let second = take(&*store.open().await, &lock_key).await;
    storage.put(&ours, secret(b"new"), Some(&*second)).await.expect("the holder can write");

    let late = [
        storage.put(&ours, secret(b"late"), Some(&overtaken)).await,
        storage.put(&absent, secret(b"late"), Some(&overtaken)).await,
        storage.remove(&ours, Some(&overtaken)).await,
    ];

    for refused in late {
        let refused = refused.expect_err("an overtaken lock entitles to nothing");
        assert_eq!(refused.kind(), ErrorKind::LockLost);
    }
    assert_eq!(get(&*storage, &ours).await.as_deref(), Some(&b"new"[..]));
    assert_eq!(get(&*storage, &absent).await, None);
    storage.remove(&ours, Some(&*second)).await.expect("the holder can write");
    second.release().await.expect("the lock is still held");
}

pub async fn updates_under_the_lock_are_never_lost<S: StorageUnderTest>(_: &str) {
    let store = Arc::new(S::fresh().await);

    at_once(&store, 4, |_, storage| async move {
        for _ in 0..10 {
            count_up(&*storage, &session_key("counter")).await;
        }
    })
    .await;

    assert_eq!(count(&*store.open().await, &session_key("counter")).await, 40);
}
