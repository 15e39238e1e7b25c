//! Servers that were the master and have become a replica.

use journey_storage::{ErrorKind, Storage};
use journey_storage_redis::Redis;

use crate::server::{Door, Server};
use crate::{get, key, open_sealed, put, sealing_key};

/// A store at an address that leads to the new master, but for the connection that it has.
async fn moved(old: &Server, new: &Server) -> Redis {
    let door = Door::to(old);
    let storage = open_sealed(&door.address(), sealing_key(7)).await.unwrap();
    door.leads_to(new);
    storage
}

fn become_replica(server: &Server, port: u16) {
    let mut control = server.control();
    redis::cmd("REPLICAOF").arg("127.0.0.1").arg(port).exec(&mut control).unwrap();
}

/// Asks a server how it is until it says this.
fn wait_for(server: &Server, words: &str) {
    let mut control = server.control();
    loop {
        let info: String = redis::cmd("INFO").query(&mut control).unwrap();
        if info.contains(words) {
            return;
        }
    }
}

async fn is_on(server: &Server) {
    let there = open_sealed(&server.address(), sealing_key(7)).await.unwrap();
    assert_eq!(get(&there).await.unwrap(), b"value");
}

#[tokio::test]
async fn a_server_that_has_become_a_replica_is_left_for_the_new_master() {
    let (old, new) = (Server::start(), Server::start());
    let storage = moved(&old, &new).await;
    become_replica(&old, new.port());
    wait_for(&old, "master_link_status:up");

    let refused = put(&storage, b"value").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    put(&storage, b"value").await.unwrap();
    is_on(&new).await;
}

#[tokio::test]
async fn a_server_that_reads_the_new_masters_data_is_left_for_it() {
    // Slow enough that it is still at it when we ask: twenty seconds, for which nobody waits.
    let slowly = ["--key-load-delay", "50000", "--loading-process-events-interval-bytes", "1024"];
    let old = Server::start_with(&slowly);
    let new = Server::start_with(&["--rdbcompression", "no"]);
    let data: Vec<_> = (0..400).map(|number| (number, "x".repeat(2000))).collect();
    redis::cmd("MSET").arg(data).exec(&mut new.control()).unwrap();
    let storage = moved(&old, &new).await;
    become_replica(&old, new.port());
    wait_for(&old, "\nloading:1");

    let refused = put(&storage, b"value").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    put(&storage, b"value").await.unwrap();
    is_on(&new).await;
}

#[tokio::test]
async fn a_replica_that_may_not_serve_old_data_is_left_by_reads_too() {
    let old = Server::start_with(&["--replica-serve-stale-data", "no"]);
    let new = Server::start();
    let storage = moved(&old, &new).await;
    // Nobody listens there, so it has no data of its master.
    become_replica(&old, 1);

    let refused = storage.get(&key()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(get(&storage).await, None);
}
