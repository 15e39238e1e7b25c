//! Connections: names, TCP and TLS, within one limit of time, pooled over hyper.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time;
use tower::{Service, ServiceExt};

use crate::body::Body;
#[cfg(not(feature = "proxy"))]
use crate::direct::Route;
use crate::error::BoxError;
#[cfg(feature = "proxy")]
use crate::proxy::Route;
use crate::target;

/// Servers and load balancers drop idle connections too, and people pause at prompts.
const IDLE: Duration = Duration::from_secs(15);

/// Over HTTP/1.1 hyper takes as much without being told; over HTTP/2 it would take 16 kB, and AM's
/// cookies may be larger than that together.
const LARGEST_HEADERS: u32 = 400 * 1024;

/// What speaks HTTP at the bottom of the stack.
pub(crate) type Wire = Client<Connector, Body>;

/// What opens TCP connections.
pub(crate) type Tcp = HttpConnector<Resolver>;

/// One TCP connection.
pub(crate) type Stream = TokioIo<TcpStream>;

/// How long things may take on a connection.
pub(crate) struct Times {
    pub(crate) connect: Duration,
    /// From the last sign of life to a ping, and from the ping to its answer.
    pub(crate) ping: Duration,
}

pub(crate) fn wire(tls: ClientConfig, route: Route, times: &Times) -> Wire {
    let mut tcp = Tcp::new_with_resolver(Resolver(GaiResolver::new()));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let tls = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(Dialer { tcp, route });
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        // A machine that slept holds connections that are dead without knowing it. Over HTTP/2 they
        // would stay in the pool, and each attempt would run into its limit.
        .http2_keep_alive_interval(times.ping)
        .http2_keep_alive_timeout(times.ping)
        .http2_max_header_list_size(LARGEST_HEADERS)
        // A pooled connection that turns out closed hands the request back unsent.
        .retry_canceled_requests(true)
        .build(Connector { inner: tls, limit: times.connect })
}

/// Connects within a limit of time, the TLS handshake included.
#[derive(Clone)]
pub(crate) struct Connector {
    inner: HttpsConnector<Dialer>,
    limit: Duration,
}

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

impl Service<Uri> for Connector {
    type Response = <HttpsConnector<Dialer> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = self.limit;
        let connecting = time::timeout(limit, self.inner.call(uri));
        Box::pin(
            async move { connecting.await.unwrap_or_else(|_| Err(ConnectTimeout(limit).into())) },
        )
    }
}

/// Opens the connection that TLS goes over, the way the route says.
#[derive(Clone)]
pub(crate) struct Dialer {
    tcp: Tcp,
    route: Route,
}

impl Service<Uri> for Dialer {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.route.clone().open(self.tcp.clone(), uri))
    }
}

/// Asks the system for addresses; `localhost` is never asked for, so it cannot lead elsewhere.
#[derive(Clone)]
pub(crate) struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = LookupFailed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, LookupFailed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), LookupFailed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if target::is_localhost(name.as_str()) {
            return Box::pin(async { Ok(loopback().into_iter()) });
        }
        let lookup = self.0.clone().oneshot(name);
        Box::pin(async {
            let found = lookup.await.map_err(LookupFailed)?;
            Ok(found.collect::<Vec<_>>().into_iter())
        })
    }
}

fn loopback() -> Vec<SocketAddr> {
    let addresses = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
    addresses.into_iter().map(|it| SocketAddr::new(it, 0)).collect()
}

/// Says that no connection came about in time.
#[derive(Debug)]
pub(crate) struct ConnectTimeout(pub(crate) Duration);

impl fmt::Display for ConnectTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no connection within {:?}", self.0)
    }
}

impl StdError for ConnectTimeout {}

/// Says that the system knows no address for a name.
#[derive(Debug)]
pub(crate) struct LookupFailed(io::Error);

impl fmt::Display for LookupFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address")
    }
}

impl StdError for LookupFailed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}
