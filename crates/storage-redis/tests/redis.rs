//! The stores in Redis do what every store must do, on a real server.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fmt;
use std::fs;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{Error, ErrorKind, Key, KeyPrefix, SealingKey, SecretBytes, Storage};
use journey_storage_redis::{PlaintextRedis, Redis};
use journey_testkit::conformance::storage::{Fault, StorageUnderTest};
use redis::Connection;
use secrecy::ExposeSecret;

use crate::support::{Door, Server};

const LEASE: Duration = Duration::from_secs(2);

fn sealing_key(byte: u8) -> SealingKey {
    SealingKey::from_bytes(&SecretBytes::from(vec![byte; 32])).unwrap()
}

fn key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "demo")
}

async fn put(storage: &impl Storage, value: &[u8]) -> Result<(), Error> {
    storage.put(&key(), SecretBytes::from(value.to_vec()), None).await
}

async fn get(storage: &impl Storage) -> Option<Vec<u8>> {
    storage.get(&key()).await.unwrap().map(|it| it.expose_secret().to_vec())
}

/// A server, with a connection that was made before anything was broken.
struct UnderTest {
    server: Mutex<Server>,
    control: Mutex<Connection>,
    address: String,
    is_locked_out: Mutex<bool>,
}

impl UnderTest {
    fn start() -> Self {
        let server = Server::start();
        let (control, address) = (Mutex::new(server.control()), server.address());
        Self { server: Mutex::new(server), control, address, is_locked_out: Mutex::new(false) }
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap()
    }

    fn set(&self, setting: &str, value: &str) {
        let mut control = self.control.lock().unwrap();
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg(setting).arg(value).exec(&mut control).unwrap();
    }

    fn damage(&self, key: &Key) {
        let (account, field) = key.as_str().rsplit_once('/').unwrap();
        let hash = format!("journey:entries:{account}/");
        let mut control = self.control.lock().unwrap();
        let mut command = redis::cmd("HSET");
        let changed: u8 = command.arg(hash).arg(field).arg("x").query(&mut control).unwrap();
        assert_eq!(changed, 0, "the entry was there");
    }

    fn break_it(&self, fault: Fault) -> bool {
        match fault {
            Fault::Unavailable => self.server().kill(),
            Fault::Denied => self.set("requirepass", "secret"),
            Fault::Full => self.set("maxmemory", "1"),
            _ => return false,
        }
        true
    }

    fn mend_it(&self, fault: Fault) {
        match fault {
            Fault::Unavailable => self.server().start_again(),
            Fault::Denied => self.set("requirepass", ""),
            Fault::Full => self.set("maxmemory", "0"),
            _ => {}
        }
    }
}

impl fmt::Debug for UnderTest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.address)
    }
}

async fn open_sealed(address: &str, key: SealingKey) -> Result<Redis, Error> {
    let builder = Redis::builder(address).lease(LEASE).timeout(Duration::from_secs(30));
    builder.open(key).await
}

async fn open_plaintext(address: &str) -> Result<PlaintextRedis, Error> {
    let builder = Redis::builder(address).lease(LEASE).timeout(Duration::from_secs(30));
    builder.open_plaintext().await
}

#[derive(Debug)]
struct SealedUnderTest(UnderTest);

#[async_trait]
impl StorageUnderTest for SealedUnderTest {
    async fn fresh() -> Self {
        Self(UnderTest::start())
    }

    async fn open(&self) -> Box<dyn Storage> {
        self.try_open().await.unwrap()
    }

    fn address(&self) -> Option<String> {
        Some(self.0.address.clone())
    }

    async fn open_at(address: &str) -> Box<dyn Storage> {
        Box::new(open_sealed(address, sealing_key(7)).await.unwrap())
    }

    fn lease(&self) -> Duration {
        LEASE
    }

    async fn break_it(&self, fault: Fault, key: &Key) -> bool {
        match fault {
            Fault::WrongKey => *self.0.is_locked_out.lock().unwrap() = true,
            Fault::Corrupt => self.0.damage(key),
            _ => return self.0.break_it(fault),
        }
        true
    }

    async fn mend_it(&self, fault: Fault, _: &Key) {
        *self.0.is_locked_out.lock().unwrap() = false;
        self.0.mend_it(fault);
    }

    async fn try_open(&self) -> Result<Box<dyn Storage>, Error> {
        let is_locked_out = *self.0.is_locked_out.lock().unwrap();
        let key = sealing_key(if is_locked_out { 8 } else { 7 });
        Ok(Box::new(open_sealed(&self.0.address, key).await?))
    }
}

#[derive(Debug)]
struct PlaintextUnderTest(UnderTest);

#[async_trait]
impl StorageUnderTest for PlaintextUnderTest {
    async fn fresh() -> Self {
        Self(UnderTest::start())
    }

    async fn open(&self) -> Box<dyn Storage> {
        self.try_open().await.unwrap()
    }

    fn address(&self) -> Option<String> {
        Some(self.0.address.clone())
    }

    async fn open_at(address: &str) -> Box<dyn Storage> {
        Box::new(open_plaintext(address).await.unwrap())
    }

    fn lease(&self) -> Duration {
        LEASE
    }

    async fn break_it(&self, fault: Fault, _: &Key) -> bool {
        self.0.break_it(fault)
    }

    async fn mend_it(&self, fault: Fault, _: &Key) {
        self.0.mend_it(fault);
    }

    async fn try_open(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(open_plaintext(&self.0.address).await?))
    }
}

journey_testkit::storage_conformance!(sealed, SealedUnderTest);
journey_testkit::storage_conformance!(plaintext, PlaintextUnderTest);

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
async fn a_server_that_has_become_a_replica_is_left_for_the_new_master() {
    let (old, new) = (Server::start(), Server::start());
    let door = Door::to(&old);
    let storage = open_sealed(&door.address(), sealing_key(7)).await.unwrap();

    door.leads_to(&new);
    let (port, mut control) = (new.port().to_string(), old.control());
    redis::cmd("REPLICAOF").arg("127.0.0.1").arg(port).exec(&mut control).unwrap();

    let refused = put(&storage, b"value").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    put(&storage, b"value").await.unwrap();
    assert_eq!(
        get(&open_sealed(&new.address(), sealing_key(7)).await.unwrap()).await.unwrap(),
        b"value"
    );
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

/// How many milliseconds Redis still keeps an account: -1 for ever.
fn left(server: &Server, account: &str) -> i64 {
    let hash = format!("journey:entries:{account}");
    redis::cmd("PTTL").arg(hash).query(&mut server.control()).unwrap()
}

fn account() -> String {
    key().as_str().trim_end_matches("session").to_owned()
}

#[tokio::test]
async fn each_write_keeps_an_account_as_long_as_was_asked() {
    let server = Server::start();
    let keep = Duration::from_secs(3600);
    let storage = Redis::builder(server.address()).keep(keep).open(sealing_key(7)).await.unwrap();
    put(&storage, b"value").await.unwrap();
    let first = left(&server, &account());
    assert!((3_000_000..=3_600_000).contains(&first), "{first} ms");

    let hash = format!("journey:entries:{}", account());
    redis::cmd("PEXPIRE").arg(hash).arg(60_000).exec(&mut server.control()).unwrap();
    let tokens = Key::tokens("https://am.example.com/am", "/alpha", "demo", "client");
    storage.put(&tokens, SecretBytes::from(b"value".to_vec()), None).await.unwrap();

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

#[tokio::test]
async fn namespaces_share_nothing() {
    let server = Server::start();
    let open = |name: &str| Redis::builder(server.address()).namespace(name).open_plaintext();
    let (first, second) = (open("a*").await.unwrap(), open("ab").await.unwrap());

    put(&second, b"value").await.unwrap();

    assert_eq!(get(&first).await, None);
    assert!(first.list(&KeyPrefix::all()).await.unwrap().is_empty());
    let _lock = first.lock(&key(), Duration::ZERO).await.unwrap();
    assert!(second.lock(&key(), Duration::ZERO).await.is_ok());
}

#[tokio::test]
async fn passwords_are_checked_and_never_shown() {
    let server = Server::start_with(&["--requirepass", "hunter2"]);
    let address = |password: &str| server.address().replace("//", &format!("//:{password}@"));

    let storage = open_sealed(&address("hunter2"), sealing_key(7)).await.unwrap();
    let refused = open_sealed(&address("hunter3"), sealing_key(7)).await.unwrap_err();

    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert!(!format!("{storage:?} {refused:?}").contains("hunter"));
}

#[tokio::test]
async fn no_value_can_be_read_on_the_wire_or_on_the_disk() {
    let server = Server::start();
    let sealed = open_sealed(&server.address(), sealing_key(7)).await.unwrap();
    put(&sealed, b"hunter2").await.unwrap();

    let hash = format!("journey:entries:{}", account());
    let mut command = redis::cmd("HGET");
    let stored: Vec<u8> = command.arg(hash).arg("session").query(&mut server.control()).unwrap();

    assert!(!stored.is_empty());
    assert!(!stored.windows(7).any(|it| it == b"hunter2"));
}

#[tokio::test]
async fn tls_is_verified_against_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, private) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&private, made.signing_key.serialize_pem()).unwrap();
    let tls_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (certificate, private) = (certificate.to_str().unwrap(), private.to_str().unwrap());
    let arguments = ["--tls-port", &tls_port.to_string(), "--tls-auth-clients", "no"];
    let files = ["--tls-cert-file", certificate, "--tls-key-file", private];
    let _server = Server::start_with(&[&arguments[..], &files[..]].concat());
    let address = format!("rediss://localhost:{tls_port}/");

    let without = Redis::builder(address.as_str()).open(sealing_key(7)).await.unwrap_err();
    assert_eq!(without.kind(), ErrorKind::Unsupported);

    rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
    let builder = || Redis::builder(address.as_str());
    let trusted = builder().authority(made.cert.pem()).open(sealing_key(7)).await.unwrap();
    put(&trusted, b"value").await.unwrap();
    assert_eq!(get(&trusted).await.as_deref(), Some(&b"value"[..]));
    let refused = builder().authority(other.cert.pem()).open(sealing_key(7)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
}
