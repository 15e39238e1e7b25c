//! The proxy's side of SOCKS5: RFC 1928, and RFC 1929 for passwords.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Who may use the proxy.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const NONE_WILL_DO: u8 = 0xff;

/// What is said when the way is free; the address in it means nothing.
pub(super) const AGREEMENT: &[u8] = &[VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0];

/// Lets the client in, and returns the host and port that it asks for.
pub(super) async fn target(client: &mut TcpStream, login: Option<&Login>) -> io::Result<String> {
    let _version = client.read_u8().await?;
    let methods = counted(client).await?;
    let wanted = if login.is_some() { PASSWORD } else { NO_LOGIN };
    if !methods.contains(&wanted) {
        client.write_all(&[VERSION, NONE_WILL_DO]).await?;
        return Err(io::Error::other("the client does not log in"));
    }
    client.write_all(&[VERSION, wanted]).await?;
    if let Some(login) = login {
        check(client, login).await?;
    }
    address(client).await
}

async fn check(client: &mut TcpStream, login: &Login) -> io::Result<()> {
    let _version = client.read_u8().await?;
    let (user, password) = (counted(client).await?, counted(client).await?);
    let known = user == login.user.as_bytes() && password == login.password.as_bytes();
    client.write_all(&[1, u8::from(!known)]).await?;
    known.then_some(()).ok_or_else(|| io::Error::other("the client is not known"))
}

async fn address(client: &mut TcpStream) -> io::Result<String> {
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let host = match head[3] {
        1 => Ipv4Addr::from(client.read_u32().await?).to_string(),
        3 => String::from_utf8_lossy(&counted(client).await?).into_owned(),
        _ => Ipv6Addr::from(client.read_u128().await?).to_string(),
    };
    let port = client.read_u16().await?;
    Ok(format!("{host}:{port}"))
}

/// Reads as many bytes as the first one says.
async fn counted(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}
