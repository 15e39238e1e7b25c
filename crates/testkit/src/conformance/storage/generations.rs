//! Counters that only rise, on any store.

use std::sync::Arc;
use std::time::Duration;

use journey_storage::{Key, generation, raise_generation};

use crate::conformance::storage::StorageUnderTest;
use crate::conformance::storage::run::{REALM, SERVER, at_once};

fn counter() -> Key {
    Key::generation(SERVER, REALM, "demo")
}

pub async fn a_generation_rises_whoever_holds_a_lock<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let (holder, storage) = (store.open().await, store.open().await);
    let account = Key::account(SERVER, REALM, "demo");
    let _account = holder.lock(&account, Duration::ZERO).await.expect("the lock is free");
    let _counter = holder.lock(&counter(), Duration::ZERO).await.expect("the lock is free");

    assert_eq!(generation(&storage, &counter()).await.expect("the counter can be read"), 0);
    for expected in 1..=20 {
        let raised = raise_generation(&storage, &counter()).await.expect("the counter can rise");
        assert_eq!(raised, expected);
    }
    let other = Key::generation(SERVER, REALM, "other");
    assert_eq!(generation(&storage, &counter()).await.expect("the counter can be read"), 20);
    assert_eq!(generation(&storage, &other).await.expect("the counter can be read"), 0);
}

pub async fn generations_raised_at_once_never_fall<S: StorageUnderTest>(_: &str) {
    let store = Arc::new(S::fresh().await);

    at_once(&store, 3, |_, storage| async move {
        let mut seen = 0;
        for _ in 0..15 {
            let raised = raise_generation(&storage, &counter()).await.expect("it can rise");
            assert!(raised > seen, "raised to {raised} after {seen} was seen");
            let read = generation(&storage, &counter()).await.expect("it can be read");
            assert!(read >= raised, "read {read} after it was raised to {raised}");
            seen = read;
        }
    })
    .await;

    let storage = store.open().await;
    let end = generation(&storage, &counter()).await.expect("the counter can be read");
    assert!((15..=45).contains(&end), "{end}");
}
