//! Several processes on one store, and what is left when one is killed.
//!
//! The suite starts the test program again and lets it run one test, `other_process`, which finds
//! its task in the environment.

use std::env;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use journey_storage::{Key, KeyPrefix, Storage};
use tokio::task::JoinSet;

use crate::conformance::storage::StorageUnderTest;
use crate::conformance::storage::run::{
    REALM, SERVER, count, count_up, get, put, run, secret, session_key,
};

const TASK: &str = "JOURNEY_CONFORMANCE_TASK";
const ADDRESS: &str = "JOURNEY_CONFORMANCE_ADDRESS";
const DONE: &str = "conformance: done";

pub async fn updates_of_other_processes_are_never_lost<S: StorageUnderTest>(module: &str) {
    let store = S::fresh().await;
    let Some(address) = store.address() else { return };
    let mut others = [(); 3].map(|()| Other::start(module, "count", &address));
    let storage = store.open().await;

    for _ in 0..10 {
        count_up(&*storage, &session_key("counter")).await;
    }
    for other in &mut others {
        other.wait_until_done().await;
    }

    assert_eq!(count(&*storage, &session_key("counter")).await, 40);
}

pub async fn what_is_missing_is_fetched_once<S: StorageUnderTest>(module: &str) {
    let store = S::fresh().await;
    let others = store.address().map_or(0, |_| 7);
    let address = store.address().unwrap_or_default();
    let mut others =
        (0..others).map(|_| Other::start(module, "fetch", &address)).collect::<Vec<_>>();

    fetch_once(store.open().await.into(), "ours").await;
    for other in &mut others {
        other.wait_until_done().await;
    }

    let listed = store.open().await.list(&requests()).await.expect("keys can be listed");
    assert_eq!(listed.len(), 1, "one request for all callers of all processes");
}

/// Fifty callers need a value that one of them must fetch: what a refresh of tokens is like.
async fn fetch_once(storage: Arc<dyn Storage>, who: &'static str) {
    let mut callers = JoinSet::new();
    for caller in 0..50 {
        let storage = Arc::clone(&storage);
        callers.spawn(async move {
            let key = session_key("fetched");
            if get(&*storage, &key).await.is_some() {
                return;
            }
            let lock = storage.lock(&key, Duration::from_secs(120)).await;
            let lock = lock.expect("the lock becomes free");
            if get(&*storage, &key).await.is_none() {
                let id = format!("{who}-{}-{caller}", std::process::id());
                put(&*storage, &Key::custom(SERVER, REALM, "demo", "request", &id), b"sent").await;
                let value = secret(b"fetched");
                let stored = storage.put(&key, value, Some(&*lock)).await;
                stored.expect("the holder of a lock can write");
            }
            lock.release().await.expect("the lock is still held");
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.expect("every caller gets the value");
    }
}

fn requests() -> KeyPrefix {
    KeyPrefix::custom(SERVER, REALM, "demo", "request")
}

pub async fn a_killed_process_leaves_no_lock<S: StorageUnderTest>(module: &str) {
    let store = S::fresh().await;
    let Some(address) = store.address() else { return };
    let mut other = Other::start(module, "hold", &address);
    other.wait_until_done().await;
    let (storage, key) = (store.open().await, session_key("demo"));
    assert!(storage.lock(&key, Duration::ZERO).await.is_err(), "the other process holds the lock");

    drop(other);

    let lock = storage.lock(&key, store.lease() + Duration::from_secs(60)).await;
    lock.expect("the lock of a dead process becomes free");
}

pub async fn what_a_killed_process_wrote_stays<S: StorageUnderTest>(module: &str) {
    let store = S::fresh().await;
    let Some(address) = store.address() else { return };
    let mut other = Other::start(module, "write", &address);

    other.wait_until_done().await;
    drop(other);

    let storage = store.open().await;
    assert_eq!(get(&*storage, &session_key("demo")).await.as_deref(), Some(&b"written"[..]));
}

/// What the other process does: nothing, unless the suite started it.
pub fn other_process<S: StorageUnderTest>() {
    let (Ok(task), Ok(address)) = (env::var(TASK), env::var(ADDRESS)) else { return };
    run(async {
        let storage = S::open_at(&address).await;
        let key = session_key("demo");
        match task.as_str() {
            "count" => {
                for _ in 0..10 {
                    count_up(&*storage, &session_key("counter")).await;
                }
                say_done();
            }
            "fetch" => {
                fetch_once(storage.into(), "theirs").await;
                say_done();
            }
            "hold" => {
                let _lock = storage.lock(&key, Duration::ZERO).await.expect("the lock is free");
                say_done();
                std::future::pending::<()>().await;
            }
            "write" => {
                put(&*storage, &key, b"written").await;
                say_done();
                std::future::pending::<()>().await;
            }
            other => unreachable!("the suite knows no task {other}"),
        }
    });
}

fn say_done() {
    let mut output = std::io::stdout().lock();
    let said = writeln!(output, "\n{DONE}").and_then(|()| output.flush());
    said.expect("the suite listens");
}

/// The test program, started again; killed when it is dropped.
#[derive(Debug)]
struct Other {
    child: Child,
    output: Option<Lines<BufReader<ChildStdout>>>,
}

impl Other {
    fn start(module: &str, task: &str, address: &str) -> Self {
        // The path of a test has no crate in it.
        let module = module.split_once("::").map_or(module, |(_, it)| it);
        let program = env::current_exe().expect("the test program can be found");
        let mut child = Command::new(program)
            .args(["--exact", "--nocapture", &format!("{module}::other_process")])
            .env(TASK, task)
            .env(ADDRESS, address)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test program can be started again");
        let output = child.stdout.take().map(|it| BufReader::new(it).lines());
        Self { child, output }
    }

    async fn wait_until_done(&mut self) {
        let mut output = self.output.take().expect("nobody else reads the output");
        let read = move || {
            let done = output.by_ref().map_while(Result::ok).any(|line| line.contains(DONE));
            (output, done)
        };
        let read = tokio::task::spawn_blocking(read).await;
        let (output, done) = read.expect("the output can be read");
        self.output = Some(output);
        assert!(done, "the other process ended before it was done");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It may have ended by itself, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
