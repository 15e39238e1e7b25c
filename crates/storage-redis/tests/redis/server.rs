//! A real Redis server, started for one test.

use std::io::{self, BufRead, BufReader};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;

use redis::{Client, Connection};
use tempfile::TempDir;

/// Stops when it is dropped. Every acknowledged write is on its disk.
#[derive(Debug)]
pub(crate) struct Server {
    folder: TempDir,
    port: u16,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let arguments = arguments.iter().map(|&it| it.to_owned()).collect();
        let mut server = Self { folder, port, arguments, child: None };
        server.start_again();
        server
    }

    pub(crate) fn start_again(&mut self) {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"])
            .args(["--appendfsync", "always", "--repl-diskless-sync-delay", "0"])
            .args(["--port", &self.port.to_string()])
            .args(&self.arguments)
            .arg("--dir")
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let is_ready = lines.any(|it| it.contains("eady to accept connections"));
        assert!(is_ready, "redis-server starts");
        // It would stop at a full pipe.
        thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Keeps its connections and says nothing any more, like a machine without power.
    pub(crate) fn fall_silent(&self) {
        let process = self.child.as_ref().unwrap().id().to_string();
        let stopped = Command::new("kill").args(["-STOP", &process]).status().unwrap();
        assert!(stopped.success());
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// A connection to give orders by.
    pub(crate) fn control(&self) -> Connection {
        Client::open(self.address()).unwrap().get_connection().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An address that stays while the servers behind it change, as a fail-over by DNS has it.
#[derive(Debug)]
pub(crate) struct Door {
    port: u16,
    server: Arc<AtomicU16>,
}

impl Door {
    pub(crate) fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::new(AtomicU16::new(server.port()));
        let now = Arc::clone(&server);
        thread::spawn(move || {
            for outside in listener.incoming().map_while(Result::ok) {
                let inside = TcpStream::connect(("127.0.0.1", now.load(Ordering::SeqCst)));
                let Ok(inside) = inside else { continue };
                forward(outside.try_clone().unwrap(), inside.try_clone().unwrap());
                forward(inside, outside);
            }
        });
        Self { port, server }
    }

    /// Connections that are open already stay where they are.
    pub(crate) fn leads_to(&self, server: &Server) {
        self.server.store(server.port(), Ordering::SeqCst);
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // It ends when either side does, which is what the other one is told.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
}
