//! Proxies on a real socket: HTTP `CONNECT` and SOCKS5.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use crate::fault_server::socks5::{self, Login};

/// A proxy that leads every tunnel to one server, whatever host was asked for.
///
/// So a test can ask for a public name and stay on this machine.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use journey_testkit::fault_server::{FaultServer, Proxy, Reply};
///
/// let server = FaultServer::plain([Reply::ok("{}")]).await?;
/// let proxy = Proxy::http(server.address()).await?;
/// assert!(proxy.url().starts_with("http://127.0.0.1:"));
/// assert!(proxy.asked().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    scheme: &'static str,
    ways: Arc<Ways>,
    accepting: AbortHandle,
}

impl Proxy {
    /// Starts a proxy that understands `CONNECT`.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn http(target: SocketAddr) -> io::Result<Self> {
        Self::start("http", Kind::Connect, target).await
    }

    /// Starts a proxy that refuses every `CONNECT` with 403.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn refusing() -> io::Result<Self> {
        Self::refusing_with(403).await
    }

    /// Starts a proxy that refuses every `CONNECT` with this status.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn refusing_with(status: u16) -> io::Result<Self> {
        Self::start("http", Kind::Refuse(status), SocketAddr::from(([127, 0, 0, 1], 9))).await
    }

    /// Starts a SOCKS5 proxy.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn socks5(target: SocketAddr) -> io::Result<Self> {
        Self::start("socks5h", Kind::Socks5(None), target).await
    }

    /// Starts a SOCKS5 proxy that serves one user only.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn socks5_for(target: SocketAddr, user: &str, password: &str) -> io::Result<Self> {
        let login = Login { user: user.to_owned(), password: password.to_owned() };
        Self::start("socks5h", Kind::Socks5(Some(login)), target).await
    }

    /// Leads every tunnel after this many to another server, as somebody in the middle would.
    pub fn divert_after(&self, tunnels: usize, target: SocketAddr) {
        self.ways.state().detour = Some((tunnels, target));
    }

    /// Returns the proxy's own URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns what each tunnel was asked for: the head of the `CONNECT`, or host and port.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.ways.state().asked.clone()
    }

    async fn start(scheme: &'static str, kind: Kind, target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let ways = Arc::new(Ways { kind, target, state: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&ways)));
        Ok(Self { address, scheme, ways, accepting: accepting.abort_handle() })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Debug)]
enum Kind {
    Connect,
    Refuse(u16),
    Socks5(Option<Login>),
}

/// What the proxy is, and where it leads.
#[derive(Debug)]
struct Ways {
    kind: Kind,
    target: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    asked: Vec<String>,
    detour: Option<(usize, SocketAddr)>,
}

impl Ways {
    /// Notes what a tunnel was asked for, and returns where it leads.
    fn way(&self, question: String) -> SocketAddr {
        let mut state = self.state();
        state.asked.push(question);
        match state.detour {
            Some((tunnels, target)) if state.asked.len() > tunnels => target,
            _ => self.target,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, ways: Arc<Ways>) {
    let mut tunnels = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let ways = Arc::clone(&ways);
        tunnels.spawn(async move { tunnel(client, &ways).await });
    }
}

async fn tunnel(mut client: TcpStream, ways: &Ways) -> io::Result<()> {
    let question = match &ways.kind {
        Kind::Connect | Kind::Refuse(_) => connect_head(&mut client).await?,
        Kind::Socks5(login) => socks5::target(&mut client, login.as_ref()).await?,
    };
    let target = ways.way(question);
    let agreement = match ways.kind {
        Kind::Refuse(status) => {
            let answer = format!("HTTP/1.1 {status} Refused\r\ncontent-length: 0\r\n\r\n");
            client.write_all(answer.as_bytes()).await?;
            return client.shutdown().await;
        }
        Kind::Connect => b"HTTP/1.1 200 OK\r\n\r\n",
        Kind::Socks5(_) => socks5::AGREEMENT,
    };
    let mut server = TcpStream::connect(target).await?;
    client.write_all(agreement).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

async fn connect_head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
