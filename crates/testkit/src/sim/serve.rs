//! The server on loopback.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt};

use crate::fault_server::{Tls, agreed_version};
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
                    let Some(tls) = tls else {
                        return talk(stream, Version::HTTP_11, service).await;
                    };
                    let Ok(stream) = tls.accept(stream).await else { return };
                    let (version, peer) = (agreed_version(&stream), Peer::of(&stream));
                    let knows_peer = service.map_request(move |mut request: Request<Incoming>| {
                        request.extensions_mut().insert(peer.clone());
                        request
                    });
                    talk(stream, version, knows_peer).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn talk<I, S>(stream: I, version: Version, service: S)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = ConnectionLost>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let (stream, service) = (TokioIo::new(stream), TowerToHyperService::new(service));
    // A failing connection is a lost one; the client sees it.
    let _ = match version {
        Version::HTTP_2 => {
            http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await
        }
        _ => http1::Builder::new().serve_connection(stream, service).await,
    };
}
