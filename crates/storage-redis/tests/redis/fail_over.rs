//! Hosts that stall, and servers that crash or fall silent.

use std::time::Duration;

use journey_storage::{ErrorKind, SecretBytes, Storage};
use journey_storage_redis::Redis;

use crate::server::{Door, Server};
use crate::{LEASE, get, key, open_sealed, put, sealing_key};

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
async fn what_replicas_have_acknowledged_survives_a_fail_over() {
    let mut master = Server::start();
    let port = master.port().to_string();
    let builder = |server: &Server| Redis::builder(server.address()).lease(LEASE).replicas(1);
    let alone = builder(&master).timeout(Duration::from_millis(200)).open(sealing_key(7)).await;
    assert_eq!(alone.unwrap_err().kind(), ErrorKind::Unavailable);

    let replica = Server::start_with(&["--replicaof", "127.0.0.1", &port]);
    let storage =
        builder(&master).timeout(Duration::from_secs(60)).open(sealing_key(7)).await.unwrap();
    put(&storage, b"value").await.unwrap();
    let before = storage.lock(&key(), Duration::ZERO).await.unwrap().fence();
    master.kill();
    redis::cmd("REPLICAOF").arg("NO").arg("ONE").exec(&mut replica.control()).unwrap();

    let storage = open_sealed(&replica.address(), sealing_key(7)).await.unwrap();
    assert_eq!(get(&storage).await.as_deref(), Some(&b"value"[..]));
    let after = storage.lock(&key(), Duration::from_secs(120)).await.unwrap().fence();
    assert!(after > before);
}

#[tokio::test]
async fn what_is_refused_is_told_from_what_has_not_reached_the_replicas() {
    let server = Server::start();
    let builder = Redis::builder(server.address()).replicas(1);
    let storage = builder.timeout(Duration::from_secs(2)).open_plaintext().await.unwrap();
    let overtaken = storage.lock(&key(), Duration::ZERO).await.unwrap();
    let fence = format!("journey:fence:{}", key().as_str());
    redis::cmd("INCR").arg(fence).exec(&mut server.control()).unwrap();

    let value = || SecretBytes::from(b"value".to_vec());
    let late = storage.put(&key(), value(), Some(&*overtaken)).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::LockLost);
    let alone = storage.put(&key(), value(), None).await.unwrap_err();
    assert_eq!(alone.kind(), ErrorKind::Unavailable);

    let mut command = redis::cmd("CONFIG");
    command.arg("SET").arg("maxmemory").arg("1").exec(&mut server.control()).unwrap();
    let full = storage.put(&key(), value(), None).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Full);
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
