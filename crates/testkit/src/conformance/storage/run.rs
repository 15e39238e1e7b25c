//! Runs a test of the suite, and several users of a store at once.

use std::future::Future;
use std::sync::Arc;
use std::thread;

use journey_storage::{Key, SecretBytes, Storage};
use secrecy::ExposeSecret;
use tokio::runtime::Builder;

use crate::conformance::storage::StorageUnderTest;

pub(super) const SERVER: &str = "https://am.example.com/am";
pub(super) const REALM: &str = "/alpha";

/// Runs a future on a runtime of its own.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("the system gives what a runtime needs").block_on(future)
}

/// Lets several users work on one store at once: threads with a runtime and a handle each.
pub(super) async fn at_once<S, W>(
    store: &Arc<S>,
    users: usize,
    work: impl Fn(usize, Box<dyn Storage>) -> W + Clone + Send + 'static,
) where
    S: StorageUnderTest,
    W: Future<Output = ()>,
{
    let threads = (0..users)
        .map(|user| {
            let (store, work) = (Arc::clone(store), work.clone());
            thread::spawn(move || run(async { work(user, store.open().await).await }))
        })
        .collect::<Vec<_>>();
    // Leaves our own runtime free meanwhile, for stores that need it.
    tokio::task::spawn_blocking(move || {
        for thread in threads {
            thread.join().expect("every user of the store gets done");
        }
    })
    .await
    .expect("every user of the store gets done");
}

pub(super) fn session_key(account: &str) -> Key {
    Key::session(SERVER, REALM, account)
}

pub(super) fn secret(value: &[u8]) -> SecretBytes {
    SecretBytes::from(value.to_vec())
}

pub(super) async fn put(storage: &dyn Storage, key: &Key, value: &[u8]) {
    storage.put(key, secret(value), None).await.expect("a value can be stored");
}

pub(super) async fn get(storage: &dyn Storage, key: &Key) -> Option<Vec<u8>> {
    let value = storage.get(key).await.expect("a value can be read");
    value.map(|it| it.expose_secret().to_vec())
}

/// A counter that loses updates unless they are made one at a time.
pub(super) async fn count_up(storage: &dyn Storage, key: &Key) {
    let wait = std::time::Duration::from_secs(120);
    let lock = storage.lock(key, wait).await.expect("the lock becomes free");
    let count = count(storage, key).await;
    let next = secret((count + 1).to_string().as_bytes());
    storage.put(key, next, Some(&*lock)).await.expect("the holder of a lock can write");
    lock.release().await.expect("the lock is still held");
}

pub(super) async fn count(storage: &dyn Storage, key: &Key) -> u64 {
    let Some(value) = get(storage, key).await else { return 0 };
    let text = String::from_utf8(value).expect("the counter is text");
    text.parse().expect("the counter is a number")
}
