//! A thousand journeys at once, over real TLS.

#![cfg(feature = "rustls")]

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use journey_sdk::{ContinueNode, HttpClient, Journey, NameCallback, Node, PasswordCallback};
use journey_testkit::fault_server::{Authority, FaultServer, Tls, Validity};
use journey_testkit::sim::Am;
use tokio::runtime::Handle;
use tokio::sync::{Barrier, Semaphore};
use tokio::task::{JoinSet, yield_now};

type TestResult = Result<(), Box<dyn StdError + Send + Sync>>;

const JOURNEYS: usize = 1000;

/// How many people press a key in the same moment.
const AT_ONCE: usize = 100;

/// Longer than a machine that is busy with other things needs.
const PATIENCE: Duration = Duration::from_secs(600);

struct World {
    am: Am,
    server: FaultServer,
    journey: Journey,
}

impl World {
    async fn new(change: impl FnOnce(Tls) -> Tls) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let (am, authority) = (Am::demo(), Authority::new()?);
        let identity = authority.server(&["localhost"], Validity::Now)?;
        let server = FaultServer::tls_over(change(Tls::new(&identity)?), am.service()).await?;
        let http = HttpClient::builder().only_ca(authority.pem());
        let http = http.attempt_timeout(PATIENCE).deadline(PATIENCE).build()?;
        let journey = Journey::builder(server.url("/am")).realm("alpha").http(http).build()?;
        Ok(Self { am, server, journey })
    }

    /// Begins all journeys, and ends none before each of them has its first step.
    async fn run_all(&self, at_once: usize) {
        let all_begun = Arc::new(Barrier::new(JOURNEYS));
        let turns = Arc::new(Semaphore::new(at_once));
        let mut running = JoinSet::new();
        for number in 0..JOURNEYS {
            let (all_begun, turns) = (Arc::clone(&all_begun), Arc::clone(&turns));
            let start = self.journey.start("Login").account(&format!("user {number}"));
            running.spawn(async move {
                let turn = || async { turns.acquire().await.expect("it is never closed") };
                let first = {
                    let _turn = turn().await;
                    start.await.expect("the journey begins")
                };
                all_begun.wait().await;
                let mut node = first;
                while let Node::Continue(step) = node {
                    let _turn = turn().await;
                    node = answered(step).next().await.expect("the journey goes on");
                }
                assert!(matches!(node, Node::Success(_)), "{node:?}");
            });
        }
        while let Some(ended) = running.join_next().await {
            ended.expect("every journey ends well");
        }
    }

    /// Drops the client, and with it everything that it had.
    async fn nothing_is_left(self) {
        let Self { server, journey, .. } = self;
        journey.drain().await;
        drop(journey);
        let closed = tokio::select! {
            () = server.all_closed() => true,
            // Much sooner than the pool would have closed what is idle.
            () = a_moment() => false,
        };
        assert!(closed, "a socket is left");
        a_moment().await;
        // The server's own task, which waits for connections.
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 1);
    }
}

/// Lets everything run that can, a hundred thousand times.
async fn a_moment() {
    for _ in 0..100_000 {
        yield_now().await;
    }
}

fn answered(mut step: ContinueNode) -> ContinueNode {
    if let Some(name) = step.callback_mut::<NameCallback>() {
        name.set_name("demo");
    }
    if let Some(password) = step.callback_mut::<PasswordCallback>() {
        password.set_password("Ch4ng31t");
    }
    step
}

#[tokio::test]
async fn a_thousand_journeys_at_once_share_one_http_2_connection() -> TestResult {
    let world = World::new(Tls::with_http2).await?;
    // The first one learns that the server speaks HTTP/2.
    drop(world.journey.start("Login").await?);
    world.run_all(JOURNEYS).await;
    assert_eq!(world.server.connections(), 1);
    assert_eq!(world.am.live_sessions().len(), JOURNEYS);
    world.nothing_is_left().await;
    Ok(())
}

#[tokio::test]
async fn a_thousand_journeys_at_once_take_turns_on_few_http_1_connections() -> TestResult {
    let world = World::new(|tls| tls).await?;
    world.run_all(AT_ONCE).await;
    assert_eq!(world.am.live_sessions().len(), JOURNEYS);
    assert!(world.server.requests().len() >= 2 * JOURNEYS);
    // Besides the hundred there are those that were begun when another became free.
    let connections = world.server.connections();
    assert!(connections < JOURNEYS / 2, "{connections} connections");
    world.nothing_is_left().await;
    Ok(())
}
