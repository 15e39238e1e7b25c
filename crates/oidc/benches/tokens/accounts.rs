//! A token at hand among many accounts, beside a bare map of the same accounts.
//!
//! A million of anything does not fit the processor's caches: the map shows what that costs by itself.

use std::{
    collections::HashMap,
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use journey_core::{Account, AccountId, AccountWriter, Clock, Server, TokenProvider};
use journey_oidc::OidcClient;
use journey_storage::{Error, Key, KeyPrefix, Lock, Memory, SecretBytes, Storage};
use journey_testkit::sim::Am;
use secrecy::ExposeSecret;

use crate::{measure::medians, world};

const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
const CALLS: u32 = 1_000;

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let few = runtime.block_on(Crowd::new(FEW));
    let many = runtime.block_on(Crowd::new(MANY));
    let [ours_few, ours_many, map_few, map_many] = medians(
        1,
        CALLS,
        [
            &|calls| few.look_up(calls),
            &|calls| many.look_up(calls),
            &|calls| few.look_up_in_map(calls),
            &|calls| many.look_up_in_map(calls),
        ],
    );
    for (name, few, many) in [("cached()", ours_few, ours_many), ("a map", map_few, map_many)] {
        println!(
            "{name}: one of {FEW} accounts {few:.0} ns, one of {MANY} accounts {many:.0} ns; ratio {:.2}",
            many / few
        );
    }
}

/// Accounts that all hold a token.
struct Crowd {
    client: OidcClient,
    accounts: Vec<AccountWriter>,
    map: HashMap<AccountId, Arc<()>>,
    at: AtomicUsize,
}

impl Crowd {
    async fn new(size: usize) -> Self {
        let am = Am::demo();
        let server = Server::new(world::SERVER).unwrap();
        let first = world::account(&server, "first");
        first.set_session(Some(world::sign_in(&am, first.account().realm()).await));
        let memory = Memory::new();
        let storage = Arc::new(memory);
        let settings = || world::settings().scopes(["profile"]);
        let client = world::client(&am, settings(), storage.clone(), Clock::system());
        client.token(first.account()).await.unwrap();
        let key =
            Key::tokens(world::SERVER, first.account().realm().as_str(), "first", "sdkClient");
        let record = storage.get(&key).await.unwrap().unwrap();
        let storage = Arc::new(Alike { record, memory: Memory::new() });
        let client = world::client(&am, settings(), storage, Clock::system());
        let accounts: Vec<_> =
            (0..size).map(|it| world::account(&server, &format!("user{it:07}"))).collect();
        for account in &accounts {
            client.token(account.account()).await.unwrap();
        }
        let map = accounts.iter().map(|it| (it.account().id().clone(), Arc::new(()))).collect();
        Self { client, accounts, map, at: AtomicUsize::new(1) }
    }

    fn look_up(&self, calls: u32) {
        self.each(calls, |account| {
            assert!(black_box(self.client.cached(black_box(account))).is_some());
        });
    }

    fn look_up_in_map(&self, calls: u32) {
        self.each(calls, |account| {
            assert!(black_box(self.map.get(black_box(account.id())).cloned()).is_some());
        });
    }

    /// Goes through the accounts with steps that no prefetcher can guess, on and on.
    fn each(&self, calls: u32, look: impl Fn(&Account)) {
        let mut at = self.at.load(Ordering::Relaxed);
        for _ in 0..calls {
            at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            look(self.accounts[(at >> 33) % self.accounts.len()].account());
        }
        self.at.store(at, Ordering::Relaxed);
    }
}

/// A store that holds the same tokens for everybody, so that a million sign-ins are not needed.
#[derive(Debug)]
struct Alike {
    record: SecretBytes,
    memory: Memory,
}

#[async_trait]
impl Storage for Alike {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        match key.as_str().contains("sdkClient") {
            true => Ok(Some(SecretBytes::from(self.record.expose_secret().to_vec()))),
            false => self.memory.get(key).await,
        }
    }

    async fn put(&self, _: &Key, _: SecretBytes, _: Option<&dyn Lock>) -> Result<(), Error> {
        Ok(())
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.memory.remove(key, under).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        self.memory.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        self.memory.lock(key, wait).await
    }
}
