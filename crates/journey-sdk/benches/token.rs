//! A user's token that is at hand, beside an `Arc` cloned under a read lock.
//!
//! `cargo bench -p journey-sdk --bench token`. Ratios are of the same run: both sides take turns, and
//! the medians are compared.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops if it must"
)]

#[path = "../../oidc/benches/tokens/measure.rs"]
mod measure;

use std::{
    hint::black_box,
    pin::pin,
    sync::{Arc, RwLock},
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

use journey_sdk::{Answers, HttpClient, Journey, OidcClient, User};
use journey_testkit::sim::Am;

use crate::measure::medians;

const CALLS: u32 = 1_000;

/// Long enough that threads overlap, whatever it takes to wake one.
const TURN: Duration = Duration::from_millis(2);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let user = runtime.block_on(signed_in());
    let token = |calls| {
        for _ in 0..calls {
            let Poll::Ready(token) =
                pin!(user.token()).poll(&mut Context::from_waker(Waker::noop()))
            else {
                unreachable!("the token is at hand");
            };
            black_box(token.unwrap());
        }
    };
    let lock = RwLock::new(Arc::new(()));
    let bare = |calls| {
        for _ in 0..calls {
            black_box(Arc::clone(&black_box(&lock).read().unwrap()));
        }
    };
    let clocks = |calls| {
        for _ in 0..calls {
            let token = Arc::clone(&black_box(&lock).read().unwrap());
            black_box((token, Instant::now(), SystemTime::now()));
        }
    };
    for threads in [1, 2, 4, 16] {
        let [token, bare, clocks] = medians(threads, CALLS, TURN, [&token, &bare, &clocks]);
        println!(
            "{threads:>2} threads: User::token() {token:.1} ns, Arc clone under a read lock {bare:.1} ns, with both clocks {clocks:.1} ns; ratios {:.2} and {:.2}",
            token / bare,
            token / clocks,
        );
    }
}

async fn signed_in() -> User {
    let am = Am::demo();
    let http = HttpClient::builder().build_with(am.service()).unwrap();
    // Nobody asks the store again while it is measured.
    let oidc = OidcClient::builder("sdkClient")
        .redirect_uri("http://localhost:8080/callback")
        .recheck(Duration::from_secs(3600));
    let server = format!("https://am.example.com{}", am.base_path());
    let journey = Journey::builder(server).realm("alpha").http(http).oidc(oidc).build().unwrap();
    let answers = Answers::new().name("demo").password("Ch4ng31t");
    let user = journey.start("Login").run(answers).await.unwrap().user().unwrap();
    user.token().await.unwrap();
    user
}
