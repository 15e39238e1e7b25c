//! Measures sealed writes and reads beside a plain atomic write, and a cold start.
//!
//! `cargo run --release -p journey-storage --features file --example measure`

#![expect(clippy::print_stdout, reason = "it shows what it measured")]

use std::error::Error as StdError;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use journey_storage::{File, Key, SealingKey, SecretBytes, Storage};

const ROUNDS: usize = 200;
/// What a session, an access token, a refresh token and an ID token take together.
const LENGTH: usize = 4096;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let parent = tempfile::tempdir()?;
    let folder = parent.path().join("store");
    let sealing_key = SealingKey::generate()?;
    let storage = File::open(&folder, sealing_key.clone()).await?;
    let key = Key::session("https://am.example.com/am", "/alpha", "demo");
    let value = vec![b'v'; LENGTH];

    let mut plain = Vec::new();
    let mut put = Vec::new();
    let mut get = Vec::new();
    let mut cold = Vec::new();
    let mut lock = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        write_plain(parent.path(), &value)?;
        plain.push(start.elapsed());

        let secret = SecretBytes::from(value.clone());
        let start = Instant::now();
        storage.put(&key, secret, None).await?;
        put.push(start.elapsed());

        let start = Instant::now();
        storage.get(&key).await?;
        get.push(start.elapsed());

        let start = Instant::now();
        storage.lock(&key, Duration::from_secs(1)).await?.release().await?;
        lock.push(start.elapsed());

        let start = Instant::now();
        File::open(&folder, sealing_key.clone()).await?.get(&key).await?;
        cold.push(start.elapsed());
    }

    println!("{LENGTH} bytes, {ROUNDS} rounds, in microseconds");
    println!("{:<36} {:>8} {:>8}", "", "median", "p95");
    for (name, times) in [
        ("plain write, flush, rename, flush", plain),
        ("sealed put", put),
        ("sealed get", get),
        ("lock and release", lock),
        ("open the store and get", cold),
    ] {
        let (median, p95) = percentiles(times);
        println!("{name:<36} {median:>8} {p95:>8}");
    }
    Ok(())
}

fn write_plain(folder: &Path, value: &[u8]) -> Result<(), Box<dyn StdError>> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(value)?;
    file.as_file().sync_all()?;
    file.persist(folder.join("plain"))?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn percentiles(mut times: Vec<Duration>) -> (u128, u128) {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0, Duration::as_micros);
    (at(50), at(95))
}
