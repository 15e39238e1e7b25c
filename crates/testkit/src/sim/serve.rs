//! The server on loopback.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt};

use crate::fault_server::Tls;
use crate::sim::oauth::Peer;
use crate::sim::{Am, ConnectionLost};

/// A server that listens on 127.0.0.1; it stops when this is dropped.
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
    scheme: &'static str,
    accepting: JoinHandle<()>,
}

impl Serving {
    pub(crate) async fn start(am: Am, port: u16) -> std::io::Result<Self> {
        Self::listen(am, port, None).await
    }

    pub(crate) async fn start_tls(am: Am, tls: Tls) -> std::io::Result<Self> {
        Self::listen(am, 0, Some(tls.acceptor())).await
    }

    async fn listen(am: Am, port: u16, tls: Option<TlsAcceptor>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let accepting = tokio::spawn(accept(listener, am.clone(), tls));
        Ok(Self { am, address, scheme, accepting })
    }

    /// Returns the URL that a client is given: `http://127.0.0.1:49152/am`.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.address, self.am.base_path())
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
async fn accept(listener: TcpListener, am: Am, tls: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let (service, tls) = (am.service(), tls.clone());
                connections.spawn(async move {
                    let Some(tls) = tls else { return talk(stream, service).await };
                    let Ok(stream) = tls.accept(stream).await else { return };
                    let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
                    let peer = Peer(shown.to_vec());
                    let knows_peer = service.map_request(move |mut request: Request<Incoming>| {
                        request.extensions_mut().insert(peer.clone());
                        request
                    });
                    talk(stream, knows_peer).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn talk<I, S>(stream: I, service: S)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = ConnectionLost>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let service = TowerToHyperService::new(service);
    // A failing connection is a lost one; the client sees it.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
