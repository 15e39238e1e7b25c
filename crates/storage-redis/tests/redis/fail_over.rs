//! Hosts that stall, and servers that crash or fall silent.

use std::time::Duration;

use journey_storage::{ErrorKind, SecretBytes, Storage};
use journey_storage_redis::Redis;

use crate::server::{Door, Server};
use crate::{get, key, open_sealed, put, sealing_key};

#[tokio::test]
async fn a_host_that_stalls_cannot_overwrite_a_newer_value() {
    let server = Server::start();
    let lease = Duration::from_millis(50);
    let open = || Redis::builder(server.address()).lease(lease).open(sealing_key(7));
    let (stalled, next) = (open().await.unwrap(), open().await.unwrap());
    let late = stalled.lock(&key(), Duration::ZERO).await.unwrap();

    let lock = next.lock(&key(), Duration::from_secs(60)).await.unwrap();
    next.put(&key(), SecretBytes::from(b"new".to_vec()), Some(&*lock)).await.unwrap();

    let value = SecretBytes::from(b"late".to_vec());
    let refused = stalled.put(&key(), value, Some(&*late)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LockLost);
    assert_eq!(late.release().await.unwrap_err().kind(), ErrorKind::LockLost);
    assert_eq!(get(&next).await.as_deref(), Some(&b"new"[..]));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_crash_of_the_server() {
    let mut server = Server::start();
    let storage = open_sealed(&server.address(), sealing_key(7)).await.unwrap();
    put(&storage, b"value").await.unwrap();

    server.kill();
    assert_eq!(storage.get(&key()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    server.start_again();

    let again = open_sealed(&server.address(), sealing_key(7)).await.unwrap();
    assert_eq!(get(&again).await.as_deref(), Some(&b"value"[..]));
}

#[tokio::test]
async fn a_server_that_keeps_nothing_is_empty_after_a_crash_and_takes_no_old_lock() {
    let mut server = Server::start_with(&["--appendonly", "no"]);
    let storage = open_sealed(&server.address(), sealing_key(7)).await.unwrap();
    put(&storage, b"value").await.unwrap();
    let lock = storage.lock(&key(), Duration::ZERO).await.unwrap();

    server.kill();
    server.start_again();

    let storage = open_sealed(&server.address(), sealing_key(7)).await.unwrap();
    assert_eq!(get(&storage).await, None);
    let value = SecretBytes::from(b"late".to_vec());
    let refused = storage.put(&key(), value, Some(&*lock)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LockLost);
    assert!(storage.lock(&key(), Duration::ZERO).await.unwrap().fence() > lock.fence());
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left_for_the_one_that_took_over() {
    let (old, new) = (Server::start(), Server::start());
    let door = Door::to(&old);
    let builder = Redis::builder(door.address()).timeout(Duration::from_secs(2));
    let storage = builder.open(sealing_key(7)).await.unwrap();

    door.leads_to(&new);
    old.fall_silent();

    let calls = tokio::join!(put(&storage, b"value"), put(&storage, b"value"));
    assert_eq!(calls.0.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(calls.1.unwrap_err().kind(), ErrorKind::Unavailable);
    put(&storage, b"value").await.unwrap();
    assert_eq!(get(&storage).await.unwrap(), b"value");
}
