//! A server on a real socket that misbehaves on request.
//!
//! It answers each request with the next of the replies it was given: properly, slowly, partly,
//! wrongly or not at all, with or without TLS under an authority of its own. It can also let a
//! simulated AM answer, so that whole journeys go over real TLS. It counts connections, so that a
//! test can say how they are used. [`Proxy`] stands between a client and a server.

mod any_client;
mod authority;
mod connection;
mod http2;
mod proxy;
mod reply;
mod server;
mod service;
mod socks5;
mod tls;

pub use crate::fault_server::authority::{Authority, Identity, Validity};
pub use crate::fault_server::proxy::Proxy;
pub use crate::fault_server::reply::Reply;
pub use crate::fault_server::server::FaultServer;
pub use crate::fault_server::tls::Tls;
pub(crate) use crate::fault_server::tls::agreed_version;
