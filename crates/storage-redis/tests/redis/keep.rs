//! How long Redis keeps an account.

use std::time::Duration;

use journey_storage::{Key, SecretBytes, Storage};
use journey_storage_redis::Redis;

use crate::server::Server;
use crate::{account, open_sealed, put, sealing_key};

#[tokio::test]
async fn each_write_and_removal_keeps_an_account_as_long_as_was_asked() {
    let server = Server::start();
    let keep = Duration::from_secs(3600);
    let storage = Redis::builder(server.address()).keep(keep).open(sealing_key(7)).await.unwrap();
    put(&storage, b"value").await.unwrap();
    let first = left(&server, &account());
    assert!((3_000_000..=3_600_000).contains(&first), "{first} ms");

    let tokens = Key::tokens("https://am.example.com/am", "/alpha", "demo", "client", ["openid"]);
    shorten(&server);
    storage.put(&tokens, SecretBytes::from(b"value".to_vec()), None).await.unwrap();
    let renewed = left(&server, &account());
    assert!((3_000_000..=3_600_000).contains(&renewed), "{renewed} ms");

    shorten(&server);
    storage.remove(&tokens, None).await.unwrap();
    let renewed = left(&server, &account());
    assert!((3_000_000..=3_600_000).contains(&renewed), "{renewed} ms");
}

#[tokio::test]
async fn a_host_that_keeps_accounts_for_ever_ends_the_limit_of_another() {
    let server = Server::start();
    let keep = Duration::from_secs(3600);
    let limited = Redis::builder(server.address()).keep(keep).open(sealing_key(7)).await.unwrap();
    put(&limited, b"value").await.unwrap();

    put(&open_sealed(&server.address(), sealing_key(7)).await.unwrap(), b"value").await.unwrap();

    assert_eq!(left(&server, &account()), -1);
}

#[tokio::test]
async fn which_key_sealed_the_store_is_known_longer_than_any_account() {
    let server = Server::start();
    let keep = Duration::from_secs(3600);
    Redis::builder(server.address()).keep(keep).open(sealing_key(7)).await.unwrap();

    assert_eq!(left(&server, "///"), -1);
}

/// Leaves the account a minute.
fn shorten(server: &Server) {
    let hash = format!("journey:entries:{}", account());
    redis::cmd("PEXPIRE").arg(hash).arg(60_000).exec(&mut server.control()).unwrap();
}

/// How many milliseconds Redis still keeps an account: -1 for ever.
fn left(server: &Server, account: &str) -> i64 {
    let hash = format!("journey:entries:{account}");
    redis::cmd("PTTL").arg(hash).query(&mut server.control()).unwrap()
}
