//! What another process does: it opens the store, and its callers ask for a token.

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use journey_core::{AccountWriter, Clock, Server, Session, TokenProvider};
use journey_oidc::OidcClient;
use journey_storage::{Error, Key, KeyPrefix, Lock, SecretBytes, Storage};
use journey_transport::HttpClient;
use secrecy::ExposeSecret;

use crate::store;

/// The clock of all clients stands so far ahead that the first tokens look expired.
pub(crate) const AHEAD: Duration = Duration::from_secs(3700);

/// Opens what a process works with; `stage` is where it stops until it is told to go on.
pub(crate) async fn client(
    server: &str,
    place: &str,
    ahead: Duration,
    stage: &str,
    session: Option<&str>,
) -> (OidcClient, AccountWriter) {
    let storage = store::open(place).await;
    let storage = Arc::new(Stops { inner: storage, stage: stage.to_owned() });
    let clock = Clock::new(move || SystemTime::now() + ahead);
    let http = HttpClient::builder().allow_http_to_loopback().clock(clock.to_fn());
    let client = OidcClient::builder("sdkClient")
        .redirect_uri("http://localhost:8080/callback")
        .build(http.build().unwrap(), storage, clock)
        .unwrap();
    let realm: journey_core::Realm = "alpha".parse().unwrap();
    let writer = AccountWriter::new(Server::new(server).unwrap(), realm.clone(), "default");
    writer.set_session(session.map(|it| Session::new(it, None, realm)));
    (client, writer)
}

/// Not a test of its own: the tests of this program start it in processes of their own.
#[test]
#[ignore = "is started by the other tests"]
fn child() {
    let Ok(server) = std::env::var("CHILD_SERVER") else { return };
    let place = std::env::var("CHILD_STORE").unwrap();
    let stage = std::env::var("CHILD_STAGE").unwrap_or_default();
    let count: usize = std::env::var("CHILD_CALLERS").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, writer) = client(&server, &place, AHEAD, &stage, None).await;
        let callers: Vec<_> = (0..count)
            .map(|_| {
                let (client, who) = (client.clone(), writer.account().clone());
                tokio::spawn(async move { client.token(&who).await })
            })
            .collect();
        let mut first: Option<String> = None;
        for caller in callers {
            match caller.await.unwrap() {
                Ok(token) => {
                    let token = token.value().expose_secret().to_owned();
                    assert_eq!(first.get_or_insert_with(|| token.clone()), &token);
                }
                Err(error) => return say(&format!("ERROR {error:?}")),
            }
        }
        say(&format!("TOKEN {}", first.unwrap_or_default()));
    });
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}

/// A store that tells where it is and stays there until it is told to go on.
#[derive(Debug)]
struct Stops {
    inner: Arc<dyn Storage>,
    stage: String,
}

impl Stops {
    async fn stop(&self, stage: &str, key: &Key) {
        let tokens = key.as_str().contains("/tokens/") || stage == "locked";
        if self.stage == stage && tokens {
            say("STAGE");
            let go_on = || std::io::stdin().read_line(&mut String::new());
            tokio::task::spawn_blocking(go_on).await.unwrap().unwrap();
        }
    }
}

#[async_trait]
impl Storage for Stops {
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error> {
        self.inner.get(key).await
    }

    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error> {
        self.stop("before put", key).await;
        self.inner.put(key, value, under).await?;
        self.stop("after put", key).await;
        Ok(())
    }

    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error> {
        self.inner.remove(key, under).await
    }

    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error> {
        self.inner.list(prefix).await
    }

    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        let lock = self.inner.lock(key, wait).await?;
        self.stop("locked", key).await;
        Ok(lock)
    }
}
