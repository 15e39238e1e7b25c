//! They do what every store must do.

use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{Error, Key, KeyPrefix, Storage};
use journey_storage_redis::Redis;
use journey_testkit::conformance::storage::{Fault, StorageUnderTest};
use redis::Connection;

use crate::server::Server;
use crate::{LEASE, get, key, open_plaintext, open_sealed, put, sealing_key};

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
