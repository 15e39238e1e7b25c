//! A token at hand among many accounts, beside a bare map of the same accounts.
//!
//! A million of anything does not fit the processor's caches: the map shows what that costs by itself,
//! and so do a thousand of the million that are asked for again and again.

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
    let [ours_few, ours_busy, ours_many, map_few, map_busy, map_many] = medians(
        1,
        CALLS,
        Duration::ZERO,
        [
            &|calls| few.look_up(calls, FEW),
            &|calls| many.look_up(calls, FEW),
            &|calls| many.look_up(calls, MANY),
            &|calls| few.look_up_in_map(calls, FEW),
            &|calls| many.look_up_in_map(calls, FEW),
            &|calls| many.look_up_in_map(calls, MANY),
        ],
    );
    let rows =
        [("cached()", ours_few, ours_busy, ours_many), ("a map", map_few, map_busy, map_many)];
    for (name, few, busy, many) in rows {
        println!(
            "{name}: one of {FEW} accounts {few:.0} ns, one of {FEW} busy ones among {MANY} {busy:.0} ns, any of {MANY} {many:.0} ns; ratios {:.2} and {:.2}",
            busy / few,
            many / few,
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
        let realm = first.account().realm().as_str();
        let key = Key::tokens(world::SERVER, realm, "first", "sdkClient", ["profile"]);
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

    fn look_up(&self, calls: u32, busy: usize) {
        self.each(calls, busy, |account| {
            assert!(black_box(self.client.cached(black_box(account))).is_some());
        });
    }

    fn look_up_in_map(&self, calls: u32, busy: usize) {
        self.each(calls, busy, |account| {
            assert!(black_box(self.map.get(black_box(account.id())).cloned()).is_some());
        });
    }

    /// Goes through so many of the accounts, spread over all, with steps that no prefetcher can guess.
    fn each(&self, calls: u32, busy: usize, look: impl Fn(&Account)) {
        let mut at = self.at.load(Ordering::Relaxed);
        let apart = self.accounts.len() / busy;
        for _ in 0..calls {
            at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            look(self.accounts[(at >> 33) % busy * apart].account());
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
