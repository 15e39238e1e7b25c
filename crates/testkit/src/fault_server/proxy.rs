//! Proxies on a real socket: HTTP `CONNECT` and SOCKS5.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

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
    asked: Arc<Mutex<Vec<String>>>,
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
        Self::start("http", Kind::Refuse, SocketAddr::from(([127, 0, 0, 1], 9))).await
    }

    /// Starts a SOCKS5 proxy.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn socks5(target: SocketAddr) -> io::Result<Self> {
        Self::start("socks5h", Kind::Socks5, target).await
    }

    /// Returns the proxy's own URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns what each tunnel was asked for: the head of the `CONNECT`, or host and port.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn start(scheme: &'static str, kind: Kind, target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let asked = Arc::default();
        let accepting = tokio::spawn(accept(listener, kind, target, Arc::clone(&asked)));
        Ok(Self { address, scheme, asked, accepting: accepting.abort_handle() })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Connect,
    Refuse,
    Socks5,
}

async fn accept(
    listener: TcpListener,
    kind: Kind,
    target: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let mut tunnels = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let asked = Arc::clone(&asked);
        tunnels.spawn(async move { tunnel(client, kind, target, &asked).await });
    }
}

async fn tunnel(
    mut client: TcpStream,
    kind: Kind,
    target: SocketAddr,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let question = match kind {
        Kind::Connect | Kind::Refuse => connect_head(&mut client).await?,
        Kind::Socks5 => socks5_target(&mut client).await?,
    };
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(question);
    let agreement: &[u8] = match kind {
        Kind::Refuse => {
            client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await?;
            return client.shutdown().await;
        }
        Kind::Connect => b"HTTP/1.1 200 OK\r\n\r\n",
        Kind::Socks5 => &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
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

/// RFC 1928, as far as a client without a password goes.
async fn socks5_target(client: &mut TcpStream) -> io::Result<String> {
    let _version = client.read_u8().await?;
    let mut methods = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut methods).await?;
    client.write_all(&[5, 0]).await?;
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let host = match head[3] {
        1 => {
            let mut address = [0; 4];
            client.read_exact(&mut address).await?;
            std::net::Ipv4Addr::from(address).to_string()
        }
        3 => {
            let mut name = vec![0; usize::from(client.read_u8().await?)];
            client.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
        _ => {
            let mut address = [0; 16];
            client.read_exact(&mut address).await?;
            std::net::Ipv6Addr::from(address).to_string()
        }
    };
    let port = client.read_u16().await?;
    Ok(format!("{host}:{port}"))
}
