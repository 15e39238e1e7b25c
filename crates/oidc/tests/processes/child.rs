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
    let storage = Arc::new(Stops { inner: store::open(place).await, stage: stage.to_owned() });
    let clock = Clock::new(move || SystemTime::now() + ahead);
    let http = HttpClient::builder().allow_http_to_loopback().clock(clock.to_fn());
    let client = OidcClient::builder("sdkClient")
        .redirect_uri("http://localhost:8080/callback")
        .build(http.build().unwrap(), storage, clock)
        .unwrap();
    let realm: journey_core::Realm = "alpha".parse().unwrap();
    let writer = AccountWriter::new(Server::new(server).unwrap(), realm.clone(), "default");
    // As the facade says it: the session that was there before anybody signed out.
    writer.set_session_of(0, session.map(|it| Session::new(it, None, realm)));
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
    let session = std::env::var("CHILD_SESSION").ok().filter(|it| !it.is_empty());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, writer) = client(&server, &place, AHEAD, &stage, session.as_deref()).await;
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
                Err(error) => return say(&format!("ERROR {:?} {error:?}", error.kind())),
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

/// A store that tells where it is and stays there until the parent writes a line.
#[derive(Debug)]
struct Stops {
    inner: Arc<dyn Storage>,
    stage: String,
}

impl Stops {
    async fn stop(&self, stage: &str, key: &Key) {
        if self.stage == stage && (key.as_str().contains("/tokens/") || stage.contains("lock")) {
            say_and_wait().await;
        }
    }
}

async fn say_and_wait() {
    say("STAGE");
    let read = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    if read.await.unwrap().unwrap() == 0 {
        // The parent is gone. Nothing is put in order, as when this process is killed.
        std::process::exit(1);
    }
}

/// A lock whose release waits.
#[derive(Debug)]
struct HeldLock(Box<dyn Lock>);

#[async_trait]
impl Lock for HeldLock {
    fn key(&self) -> &Key {
        self.0.key()
    }

    fn fence(&self) -> u64 {
        self.0.fence()
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        say_and_wait().await;
        self.0.release().await
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
        self.stop("before lock", key).await;
        let lock = self.inner.lock(key, wait).await?;
        self.stop("locked", key).await;
        match self.stage.as_str() {
            "before unlock" => Ok(Box::new(HeldLock(lock))),
            _ => Ok(lock),
        }
    }
}
