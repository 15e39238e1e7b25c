//! Sign-outs that meet, or that the store does not let end.

mod common;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use common::{builder, journey, sign_in};
use journey_sdk::{
    Journey, SignOutResult, SignOutStep, async_trait,
    storage::{self, ErrorKind, Key, KeyPrefix, Lock, Memory, SecretBytes, Storage},
};
use journey_testkit::sim::{Am, Fault};

#[tokio::test]
async fn a_second_log_out_ends_what_the_first_is_still_ending() {
    let am = Am::demo();
    let journey = journey(&am);
    let user = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    let first = tokio::spawn({
        let user = user.clone();
        async move { user.logout().await }
    });
    gate.arrived().await;

    let second = user.logout().await;

    assert!(second.is_complete(), "{second:?}");
    assert!(am.live_sessions().is_empty());
    assert!(journey.user().await.unwrap().is_none());
    gate.release();
    assert!(first.await.unwrap().is_complete());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_slow_log_out_of_an_earlier_user_gives_nobody_back() {
    let am = Am::demo();
    let journey = journey(&am);
    let earlier = sign_in(&journey).await;
    let gate = am.hold_next("/sessions");
    let first = tokio::spawn(async move { earlier.logout().await });
    gate.arrived().await;
    let later = sign_in(&journey).await;
    let other_gate = am.hold_next("/sessions");
    let second = tokio::spawn(async move { later.logout().await });
    other_gate.arrived().await;

    gate.release();
    first.await.unwrap();

    assert!(journey.user().await.unwrap().is_none(), "the later one is being signed out");
    other_gate.release();
    assert!(second.await.unwrap().is_complete());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn what_the_store_does_not_let_go_is_removed_by_another_try() {
    let (am, store) = (Am::demo(), Arc::new(Stubborn::default()));
    let program = || -> Journey { builder(&am).storage(Arc::clone(&store)).build().unwrap() };
    let journey = program();
    let user = sign_in(&journey).await;
    store.refuses.store(true, Ordering::SeqCst);
    let report = user.logout().await;
    assert!(matches!(report.result(SignOutStep::Local), Some(SignOutResult::Failed(_))));
    assert!(journey.user().await.unwrap().is_none(), "it is no login here");

    store.refuses.store(false, Ordering::SeqCst);
    let report = report.retried().await;

    assert!(report.is_complete(), "{report:?}");
    assert!(program().user().await.unwrap().is_none(), "nor for another run");
}

#[tokio::test]
async fn another_log_out_ends_what_neither_server_nor_store_would_end() {
    let (am, store) = (Am::demo(), Arc::new(Stubborn::default()));
    let journey = builder(&am).storage(Arc::clone(&store)).build().unwrap();
    let user = sign_in(&journey).await;
    store.refuses.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        am.fail_next("/sessions", Fault::Status(500));
    }
    assert!(!user.logout().await.is_complete());
    assert_eq!(am.live_sessions().len(), 1);
    store.refuses.store(false, Ordering::SeqCst);
    am.clear_faults();

    assert!(journey.logout().await.is_complete());

    assert!(am.live_sessions().is_empty());
    assert!(journey.user().await.unwrap().is_none());
}

#[tokio::test]
async fn a_log_out_ends_the_session_though_a_mark_beside_it_is_damaged() {
    let (am, store) = (Am::demo(), Arc::new(Stubborn::default()));
    let program = || builder(&am).storage(Arc::clone(&store)).build().unwrap();
    sign_in(&program()).await;
    store.is_damaged.store(true, Ordering::SeqCst);

    let report = program().logout().await;

    assert!(am.live_sessions().is_empty(), "{report:?}");
    let local = report.result(SignOutStep::Local);
    assert!(matches!(local, Some(SignOutResult::Failed(_))), "{report:?}");
}

/// A store that removes nothing, or can't read its own names, when told so.
#[derive(Debug, Default)]
struct Stubborn {
    store: Memory,
    refuses: AtomicBool,
    is_damaged: AtomicBool,
}

#[async_trait]
impl Storage for Stubborn {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, storage::Error> {
        self.store.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), storage::Error> {
        self.store.put(key, value, under).await
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), storage::Error> {
        match self.refuses.load(Ordering::SeqCst) {
            true => Err(storage::Error::new(ErrorKind::Unavailable, "the test says so")),
            false => self.store.remove(key, under).await,
        }
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, storage::Error> {
        match self.is_damaged.load(Ordering::SeqCst) {
            true => Err(storage::Error::new(ErrorKind::Corrupt, "the test says so")),
            false => self.store.list(prefix).await,
        }
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, storage::Error> {
        self.store.lock(key, wait).await
    }
}
