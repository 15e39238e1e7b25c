//! The server on loopback.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::sim::Am;

/// A server that listens on 127.0.0.1, without TLS; it stops when this is dropped.
///
/// With TLS it is [`FaultServer::tls_over`](crate::fault_server::FaultServer::tls_over) that lets an AM answer.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use journey_testkit::sim::Am;
///
/// let serving = Am::demo().serve().await?;
/// assert!(serving.url().starts_with("http://127.0.0.1:"));
/// assert!(serving.url().ends_with("/am"));
/// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[must_use = "the server stops when this is dropped"]
pub struct Serving {
    am: Am,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Serving {
    pub(crate) async fn start(am: Am, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, am.clone()));
        Ok(Self { am, address, accepting })
    }

    /// Returns the URL that a client is given: `http://127.0.0.1:49152/am`.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.am.base_path())
    }

    /// Returns the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the server behind it.
    pub fn am(&self) -> &Am {
        &self.am
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Owns the connections, so that they end together with the accepting task.
async fn accept(listener: TcpListener, am: Am) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let service = TowerToHyperService::new(am.service());
                connections.spawn(async move {
                    // A failing connection is a lost one; the client sees it.
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
