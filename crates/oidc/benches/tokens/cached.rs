//! A token at hand, beside an `Arc` cloned under a read lock.

use std::{
    hint::black_box,
    pin::pin,
    sync::{Arc, RwLock},
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

use journey_core::{Account, Clock, Server, TokenProvider};
use journey_oidc::OidcClient;
use journey_storage::Memory;
use journey_testkit::sim::Am;

use crate::{allocations, measure::medians, world};

const CALLS: u32 = 1_000;

/// Long enough that threads overlap, whatever it takes to wake one.
const TURN: Duration = Duration::from_millis(2);

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (client, account) = runtime.block_on(signed_in());
    let cached = |calls| {
        for _ in 0..calls {
            black_box(client.cached(black_box(&account)));
        }
    };
    let token = |calls| {
        for _ in 0..calls {
            let _ = black_box(at_once(client.token(black_box(&account))));
        }
    };
    let lock = RwLock::new(Arc::new(()));
    let bare = |calls| {
        for _ in 0..calls {
            black_box(Arc::clone(&black_box(&lock).read().unwrap()));
        }
    };
    // What a cache that tells whether its token has ended can't do without: both clocks.
    let clocks = |calls| {
        for _ in 0..calls {
            let token = Arc::clone(&black_box(&lock).read().unwrap());
            black_box((token, Instant::now(), SystemTime::now()));
        }
    };
    let none = during(|| cached(1000));
    let boxed = during(|| token(1000));
    println!("1,000 calls of cached(): {none} allocations; of token() itself: {boxed}");
    for threads in [1, 2, 4, 16] {
        let [ours, whole, bare, clocks] =
            medians(threads, CALLS, TURN, [&cached, &token, &bare, &clocks]);
        println!(
            "{threads:>2} threads: cached() {ours:.1} ns, token() {whole:.1} ns, Arc clone under a read lock {bare:.1} ns, with both clocks {clocks:.1} ns; ratios {:.2} and {:.2}",
            ours / bare,
            ours / clocks,
        );
    }
}

async fn signed_in() -> (OidcClient, Account) {
    let am = Am::demo();
    let writer = world::account(&Server::new(world::SERVER).unwrap(), "default");
    let account = writer.account().clone();
    writer.set_session(Some(world::sign_in(&am, account.realm()).await));
    let client = world::client(&am, world::settings(), Arc::new(Memory::new()), Clock::system());
    client.token(&account).await.unwrap();
    (client, account)
}

/// Polls once, as all that is needed for what is at hand.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the token is at hand"),
    }
}

/// Returns how many allocations were made meanwhile.
fn during(work: impl FnOnce()) -> u64 {
    let before = allocations::so_far();
    work();
    allocations::so_far() - before
}
