//! The listening socket and what it has seen.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::Full;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt};

use crate::fault_server::service::Handler;
use crate::fault_server::{Reply, Tls, agreed_version, connection, http2, service};
use crate::sim::Peer;

/// A server on a free port of this machine; it stops when it is dropped.
///
/// Each request takes the next reply; the last one is given for ever.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use journey_testkit::fault_server::{FaultServer, Reply};
///
/// let server = FaultServer::plain([Reply::ok("{}")]).await?;
/// assert!(server.url("/am").starts_with("http://localhost:"));
/// assert_eq!(server.connections(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Seen>,
    accepting: AbortHandle,
}

impl FaultServer {
    /// Starts a server without TLS.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn plain(replies: impl IntoIterator<Item = Reply>) -> io::Result<Self> {
        Self::start("http", Kind::Plain, replies).await
    }

    /// Starts a server with TLS.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn tls(tls: Tls, replies: impl IntoIterator<Item = Reply>) -> io::Result<Self> {
        Self::start("https", Kind::Tls(tls.acceptor()), replies).await
    }

    /// Starts a server with TLS that lets a service answer, such as a simulated AM, which knows its
    /// OAuth clients by their certificates when `tls` asks for them.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use journey_testkit::fault_server::{Authority, FaultServer, Tls, Validity};
    /// use journey_testkit::sim::Am;
    ///
    /// let (am, authority) = (Am::demo(), Authority::new()?);
    /// let identity = authority.server(&["localhost"], Validity::Now)?;
    /// let server = FaultServer::tls_over(Tls::new(&identity)?, am.service()).await?;
    /// assert!(server.url(am.base_path()).starts_with("https://localhost:"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn tls_over<S>(tls: Tls, service: S) -> io::Result<Self>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<Full<Bytes>>>,
        S: Clone + Send + Sync + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        S::Future: Send + 'static,
    {
        let handler = Handler::new(service.map_err(Into::into));
        Self::start("https", Kind::Over(tls.acceptor(), handler), []).await
    }

    /// Starts a server that takes connections, says nothing and hears nothing.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn deaf() -> io::Result<Self> {
        Self::start("https", Kind::Deaf, []).await
    }

    /// Starts a server that writes these bytes to whoever connects, and hangs up.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn greeting(bytes: impl Into<Bytes>) -> io::Result<Self> {
        Self::start("https", Kind::Greeting(bytes.into()), []).await
    }

    /// Returns the URL of a path, with `localhost` as the host.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.url_of("localhost", path)
    }

    /// Returns the URL of a path under another name of this machine.
    #[must_use]
    pub fn url_of(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.address.port())
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns every request so far: head and body, as they came.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.seen.state().requests.clone()
    }

    /// Returns how many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.seen.state().connections
    }

    /// Waits until no connection is open any more.
    pub async fn all_closed(&self) {
        let _ = self.seen.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Waits until this many requests have come.
    pub async fn requested(&self, count: usize) {
        let _ = self.seen.count.subscribe().wait_for(|seen| *seen >= count).await;
    }

    async fn start(
        scheme: &'static str,
        kind: Kind,
        replies: impl IntoIterator<Item = Reply>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen::new(replies.into_iter().collect()));
        let accepting = tokio::spawn(accept(listener, kind, Arc::clone(&seen))).abort_handle();
        Ok(Self { address, scheme, seen, accepting })
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Clone)]
enum Kind {
    Plain,
    Tls(TlsAcceptor),
    Over(TlsAcceptor, Handler),
    Deaf,
    Greeting(Bytes),
}

/// The connections live in the set, so they end with the server.
async fn accept(listener: TcpListener, kind: Kind, seen: Arc<Seen>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let open = Open::new(Arc::clone(&seen));
        let kind = kind.clone();
        connections.spawn(async move {
            // A connection that breaks is what the tests are about; the server goes on.
            let _ = serve(stream, kind, &open.0).await;
        });
    }
}

async fn serve(mut stream: TcpStream, kind: Kind, seen: &Arc<Seen>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match kind {
        Kind::Plain => connection::serve(stream, seen, reset).await,
        Kind::Deaf => {
            std::future::pending::<()>().await;
            drop(stream);
            Ok(())
        }
        Kind::Greeting(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Kind::Over(acceptor, handler) => {
            let stream = acceptor.accept(stream).await?;
            let (version, peer) = (agreed_version(&stream), Peer::of(&stream));
            service::serve(stream, version, peer, handler, Arc::clone(seen)).await
        }
        Kind::Tls(acceptor) => {
            let stream = acceptor.accept(stream).await?;
            if agreed_version(&stream) == Version::HTTP_2 {
                return http2::serve(stream, Arc::clone(seen)).await;
            }
            connection::serve(stream, seen, |it| reset(it.get_ref().0)).await
        }
    }
}

fn reset(stream: &TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}

/// What the server has seen, and what it still has to say.
#[derive(Debug)]
pub(super) struct Seen {
    state: Mutex<State>,
    open: watch::Sender<usize>,
    count: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    replies: VecDeque<Reply>,
    requests: Vec<String>,
    connections: usize,
}

impl Seen {
    fn new(replies: VecDeque<Reply>) -> Self {
        let state = State { replies, requests: Vec::new(), connections: 0 };
        let (open, count) = (watch::Sender::new(0), watch::Sender::new(0));
        Self { state: Mutex::new(state), open, count }
    }

    /// Notes a request.
    pub(super) fn note(&self, request: String) {
        self.state().requests.push(request);
        self.count.send_modify(|count| *count += 1);
    }

    /// Notes a request and returns what to do with it: in one step, so that the first request that is
    /// noted gets the first reply, whatever comes at the same time.
    pub(super) fn reply_to(&self, request: String) -> Reply {
        let mut state = self.state();
        state.requests.push(request);
        let reply = match state.replies.len() {
            0 => Reply::silence(),
            1 => state.replies[0].clone(),
            _ => state.replies.pop_front().unwrap_or_else(Reply::silence),
        };
        drop(state);
        self.count.send_modify(|count| *count += 1);
        reply
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a connection for as long as it is open.
struct Open(Arc<Seen>);

impl Open {
    fn new(seen: Arc<Seen>) -> Self {
        seen.state().connections += 1;
        seen.open.send_modify(|open| *open += 1);
        Self(seen)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn the_first_request_that_is_noted_gets_the_first_reply() {
        let name = |number: usize| number.to_string();
        let (threads, each) = (4, 2000);
        let replies = (0..=threads * each).map(|number| Reply::Raw(name(number).into()));
        let seen = Seen::new(replies.collect());
        let ask = |thread: usize| {
            let requests = (0..each).map(|number| format!("{thread} {number}"));
            requests.map(|it| (it.clone(), seen.reply_to(it))).collect::<Vec<_>>()
        };
        let answered: Vec<_> = thread::scope(|scope| {
            let asking: Vec<_> = (0..threads).map(|it| scope.spawn(move || ask(it))).collect();
            asking.into_iter().flat_map(|it| it.join().unwrap()).collect()
        });
        let noted = seen.state().requests.clone();
        for (request, reply) in answered {
            let Reply::Raw(number) = reply else { panic!("{reply:?}") };
            let number: usize = std::str::from_utf8(&number).unwrap().parse().unwrap();
            assert_eq!(noted[number], request);
        }
    }
}
