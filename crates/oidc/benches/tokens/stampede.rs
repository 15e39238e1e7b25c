//! Very many callers of one token that has ended.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use journey_core::{Clock, Server, TokenProvider};
use journey_storage::Memory;
use journey_testkit::{clock::ManualClock, sim::Am};

use crate::world;

const CALLERS: usize = 100_000;

/// How long the server takes for a refresh, about what a real one does over the internet.
const SERVER_TAKES: Duration = Duration::from_millis(250);

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let (alone, _) = runtime.block_on(refresh(1));
        let (slowest, requests) = runtime.block_on(refresh(CALLERS));
        assert_eq!(requests, 1);
        println!(
            "one caller {alone:.1?}; the slowest of {CALLERS} callers {slowest:.1?}, {requests} request; ratio {:.2}",
            slowest.as_secs_f64() / alone.as_secs_f64()
        );
        ratios.push(slowest.as_secs_f64() / alone.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}", ratios[ratios.len() / 2]);
}

/// Returns how long the slowest waited from its call on, and how many requests there were.
async fn refresh(callers: usize) -> (Duration, usize) {
    let clock = ManualClock::default();
    let am = Am::demo_builder().clock(clock.as_fn()).build();
    let writer = world::account(&Server::new(world::SERVER).unwrap(), "default");
    let account = writer.account().clone();
    writer.set_session(Some(world::sign_in(&am, account.realm()).await));
    let now = clock.as_fn();
    let storage = Arc::new(Memory::new());
    let client = world::client(&am, world::settings(), storage, Clock::new(move || now()));
    client.token(&account).await.unwrap();
    clock.advance(Duration::from_secs(3700));
    am.clear_requests();
    let held = am.hold_next(journey_testkit::sim::Matcher::path("/access_token"));
    let calls: Vec<_> = (0..callers)
        .map(|_| {
            let (client, account) = (client.clone(), account.clone());
            tokio::spawn(async move {
                let start = Instant::now();
                client.token(&account).await.unwrap();
                start.elapsed()
            })
        })
        .collect();
    held.arrived().await;
    tokio::time::sleep(SERVER_TAKES).await;
    held.release();
    let mut slowest = Duration::ZERO;
    for call in calls {
        slowest = slowest.max(call.await.unwrap());
    }
    (slowest, am.count("POST", "/access_token"))
}
