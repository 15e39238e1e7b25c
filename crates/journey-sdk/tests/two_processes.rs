//! One slot in several processes: whoever asks for tokens asks with the session of now, never with that of the user
//! before, wherever the others stand. Each journey here stands for a process; they share nothing but the store.

#![cfg(feature = "oidc")]

#[expect(dead_code, reason = "here every journey has OpenID Connect plugged in")]
mod common;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use common::sign_in;
use journey_sdk::{
    Answers, ExposeSecret, Journey, OidcClient, User, async_trait,
    storage::{self, Key, KeyPrefix, Lock, Memory, SecretBytes, Storage},
};
use journey_testkit::sim;
use tokio::sync::Notify;

fn am() -> sim::Am {
    let babs = sim::User::new("babs", "Passw0rd1").name("Babs");
    sim::Am::demo_builder().user("alpha", babs).build()
}

fn process(am: &sim::Am, store: &Store) -> Journey {
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    common::builder(am).oidc(oidc).storage(store.clone()).build().expect("the settings fit")
}

fn babs() -> Answers {
    Answers::new().name("babs").password("Passw0rd1")
}

async fn name(user: &User) -> Option<String> {
    user.user_info().await.expect("the server tells").name().map(str::to_owned)
}

#[tokio::test]
async fn a_change_of_user_at_the_last_moment_is_noticed_before_anything_is_asked() {
    let am = am();
    let store = Store::default();
    let there = process(&am, &store);
    let old = sign_in(&there).await;
    let demo = old.session().unwrap();
    // The provider of `there` is about to work for the demo user ..
    let stop = store.stop_at(Moment::Lock);
    let asked = tokio::spawn({
        let old = old.clone();
        async move { old.token().await }
    });
    stop.arrived().await;
    // .. when another process signs another one in.
    let here = process(&am, &store.elsewhere());
    here.start("Login").run(babs()).await.unwrap();
    am.clear_requests();
    stop.release();

    let token = asked.await.unwrap().unwrap();

    assert!(am.is_alive(token.value().expose_secret()));
    assert_eq!(name(&old).await.as_deref(), Some("Babs"));
    assert_eq!(am.count("GET", "/authorize"), 1, "nothing was asked with the old session");
    let session = old.session().unwrap();
    assert_ne!(session.value().expose_secret(), demo.value().expose_secret());
}

#[tokio::test]
async fn a_sign_in_killed_before_its_generation_began_is_finished_by_the_next_process() {
    let am = am();
    let store = Store::default();
    let first = process(&am, &store);
    let old = sign_in(&first).await;
    let before = old.token().await.unwrap();

    // Killed when the new session is stored, and nobody was told of it yet.
    let dying = Store { locks: Memory::new(), ..store.elsewhere() };
    let stop = dying.stop_at(Moment::AfterSession);
    let killed = process(&am, &dying);
    tokio::spawn(async move { killed.start("Login").run(babs()).await.map(drop) });
    stop.arrived().await;

    let next = process(&am, &store.elsewhere());
    let user = next.user().await.unwrap().unwrap();
    assert_eq!(name(&user).await.as_deref(), Some("Babs"));
    assert_ne!(user.token().await.unwrap().value().expose_secret(), before.value().expose_secret());
    assert!(!am.is_alive(before.value().expose_secret()), "the earlier user's token lives on");
    // The first process finds out with its next call that asks the store.
    let renewed = old.refresh().await.unwrap();
    assert_ne!(renewed.value().expose_secret(), before.value().expose_secret());
    assert_eq!(name(&old).await.as_deref(), Some("Babs"));
}

#[tokio::test]
async fn of_two_who_sign_in_to_one_slot_at_once_the_later_one_stays_in_both_processes() {
    let am = am();
    let store = Store::default();
    let one = process(&am, &store);
    // The demo user's session is about to be stored; babs comes in between.
    let stop = store.stop_at(Moment::Session);
    let demo = tokio::spawn(async move { sign_in(&one).await });
    stop.arrived().await;
    let two = process(&am, &store.elsewhere());
    let babs = tokio::spawn(async move { two.start("Login").run(babs()).await });
    tokio::task::yield_now().await;
    stop.release();
    let (demo, babs) = (demo.await.unwrap(), babs.await.unwrap().unwrap().user().unwrap());

    let names = [name(&demo).await, name(&babs).await];

    let third = process(&am, &store.elsewhere());
    let stored = name(&third.user().await.unwrap().unwrap()).await;
    assert_eq!(names, [stored.clone(), stored]);
}

#[tokio::test]
async fn tokens_that_another_process_revoked_are_replaced_with_the_session_that_stays() {
    let am = am();
    let store = Store::default();
    let here = process(&am, &store);
    let user = sign_in(&here).await;
    let before = user.token().await.unwrap();
    let there = process(&am, &store.elsewhere());
    assert!(there.user().await.unwrap().unwrap().revoke().await.unwrap().is_done());

    let after = user.refresh().await.unwrap();

    assert_ne!(after.value().expose_secret(), before.value().expose_secret());
    assert!(am.is_alive(after.value().expose_secret()));
    assert_eq!(am.live_sessions().len(), 1);
}

#[tokio::test]
async fn a_user_whom_another_process_signed_out_has_to_sign_in_again() {
    let am = am();
    let store = Store::default();
    let here = process(&am, &store);
    let user = sign_in(&here).await;
    let there = process(&am, &store.elsewhere());
    assert!(there.user().await.unwrap().unwrap().logout().await.is_complete());
    am.clear_requests();

    assert!(user.token().await.unwrap_err().needs_sign_in());

    assert!(user.session().is_none());
    assert_eq!(am.count("GET", "/authorize"), 0, "nothing was asked with the ended session");
}

/// Where a call stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Before the account's lock is taken by somebody who is ready to wait for it.
    Lock,
    /// Before a session is put.
    Session,
    /// After one was put.
    AfterSession,
}

#[derive(Debug, Clone, Default)]
struct Stop(Arc<(Notify, Notify)>);

impl Stop {
    async fn arrived(&self) {
        self.0.0.notified().await;
    }

    fn release(&self) {
        self.0.1.notify_one();
    }
}

/// A store that can be stopped for one process; clones share what is in it.
#[derive(Debug, Clone, Default)]
struct Store {
    entries: Memory,
    /// Apart, because the kernel frees the locks of a process that is killed.
    locks: Memory,
    stops: Arc<Mutex<Vec<(Moment, Stop)>>>,
}

impl Store {
    /// The same store in another process, which has stops of its own.
    fn elsewhere(&self) -> Self {
        Self { stops: Arc::default(), ..self.clone() }
    }

    fn stop_at(&self, moment: Moment) -> Stop {
        let stop = Stop::default();
        self.stops.lock().unwrap_or_else(PoisonError::into_inner).push((moment, stop.clone()));
        stop
    }

    async fn pass(&self, moment: Moment) {
        let stop = {
            let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
            stops.iter().position(|(it, _)| *it == moment).map(|it| stops.remove(it).1)
        };
        if let Some(stop) = stop {
            stop.0.0.notify_one();
            stop.0.1.notified().await;
        }
    }
}

#[async_trait]
impl Storage for Store {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, storage::Error> {
        self.entries.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        _under: Option<&dyn Lock>,
    ) -> Result<(), storage::Error> {
        let is_session = key.as_str().contains("/session");
        if is_session {
            self.pass(Moment::Session).await;
        }
        self.entries.put(key, value, None).await?;
        if is_session {
            self.pass(Moment::AfterSession).await;
        }
        Ok(())
    }

    async fn remove(&self, key: &Key, _under: Option<&dyn Lock>) -> Result<(), storage::Error> {
        self.entries.remove(key, None).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, storage::Error> {
        self.entries.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, storage::Error> {
        if !wait.is_zero() {
            self.pass(Moment::Lock).await;
        }
        self.locks.lock(key, wait).await
    }
}
