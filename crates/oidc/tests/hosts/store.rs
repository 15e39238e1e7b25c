//! The store of many hosts: a real Redis, started for one test.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use journey_storage::{SealingKey, SecretBytes, Storage};
use journey_storage_redis::Redis;
use tempfile::TempDir;

/// Stops when it is dropped.
pub(crate) struct Place {
    server: Child,
    port: u16,
    lease: Duration,
    _folder: TempDir,
}

impl Place {
    /// Locks last for `lease` when their holder has died.
    pub(crate) fn with_lease(lease: Duration) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let mut server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|it| it.contains("Ready to accept connections")), "redis-server starts");
        // It would stop at a full pipe.
        thread::spawn(move || lines.for_each(drop));
        Self { server, port, lease, _folder: folder }
    }

    /// What a host needs to open the store.
    pub(crate) fn address(&self) -> String {
        format!("{} redis://127.0.0.1:{}/", self.lease.as_millis(), self.port)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

pub(crate) async fn open(address: &str) -> Arc<dyn Storage> {
    let key = SealingKey::from_bytes(&SecretBytes::from(vec![7; 32])).unwrap();
    let (lease, address) = address.split_once(' ').unwrap();
    let builder = Redis::builder(address)
        .lease(Duration::from_millis(lease.parse().unwrap()))
        .timeout(Duration::from_secs(30));
    Arc::new(builder.open(key).await.unwrap())
}
