//! Writes that wait for replicas.

use std::time::Duration;

use journey_storage::{Error, ErrorKind, SecretBytes, Storage};
use journey_storage_redis::{PlaintextRedis, Redis};
use tokio::task::{JoinHandle, yield_now};

use crate::server::{Door, Server};
use crate::{LEASE, get, key, open_plaintext, open_sealed, put, sealing_key};

async fn open(address: &str, timeout: Duration) -> PlaintextRedis {
    let builder = Redis::builder(address).lease(LEASE).replicas(1);
    builder.timeout(timeout).open_plaintext().await.unwrap()
}

fn spawn_put(storage: &PlaintextRedis) -> JoinHandle<Result<(), Error>> {
    let storage = storage.clone();
    tokio::spawn(async move { put(&storage, b"value").await })
}

fn info(server: &Server) -> String {
    redis::cmd("INFO").query(&mut server.control()).unwrap()
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
async fn reads_and_locks_do_not_wait_for_a_missing_replica() {
    let server = Server::start();
    let storage = open(&server.address(), Duration::from_secs(60)).await;
    let writing = spawn_put(&storage);
    while !info(&server).contains("blocked_clients:1") {
        yield_now().await;
    }

    assert_eq!(get(&storage).await.unwrap(), b"value");
    storage.lock(&key(), Duration::ZERO).await.unwrap().release().await.unwrap();

    assert!(!writing.is_finished());
    assert!(info(&server).contains("blocked_clients:1"));
}

#[tokio::test]
async fn many_writes_without_a_replica_do_not_cost_the_connection() {
    let server = Server::start();
    let storage = open(&server.address(), Duration::from_secs(3)).await;

    // Had all been sent at once, the third would have got no answer in time.
    for writing in [(); 3].map(|()| spawn_put(&storage)) {
        let error = writing.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("replicas"), "{error}");
    }
}

#[tokio::test]
async fn reads_follow_the_writes_to_a_new_master() {
    let (old, new) = (Server::start(), Server::start());
    let door = Door::to(&old);
    let storage = open(&door.address(), Duration::from_secs(2)).await;
    assert_eq!(get(&storage).await, None);

    door.leads_to(&new);
    let alone = put(&storage, b"value").await.unwrap_err();

    assert_eq!(alone.kind(), ErrorKind::Unavailable);
    assert_eq!(get(&storage).await.unwrap(), b"value");
}

#[tokio::test]
async fn reads_leave_a_demoted_server_together_with_the_writes() {
    let (old, new) = (Server::start(), Server::start());
    put(&open_plaintext(&new.address()).await.unwrap(), b"value").await.unwrap();
    let door = Door::to(&old);
    let storage = open(&door.address(), Duration::from_secs(2)).await;
    assert_eq!(put(&storage, b"other").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(get(&storage).await.unwrap(), b"other");

    door.leads_to(&new);
    // Nobody listens there, so it stays as it is.
    let mut command = redis::cmd("REPLICAOF");
    command.arg("127.0.0.1").arg(1).exec(&mut old.control()).unwrap();

    assert_eq!(put(&storage, b"refused").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(get(&storage).await.unwrap(), b"value");
}
