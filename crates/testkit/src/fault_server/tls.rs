//! How the server speaks TLS.

use std::io;
use std::sync::Arc;

use http::Version;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::fault_server::any_client::AnyClient;
use crate::fault_server::{Authority, Identity};

/// Settings for a server with TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    config: ServerConfig,
}

impl Tls {
    /// Speaks TLS 1.2 and 1.3 with this certificate, and HTTP/1.1 over it.
    ///
    /// # Errors
    /// When the key does not fit the certificate.
    pub fn new(identity: &Identity) -> io::Result<Self> {
        Self::build(identity, None, rustls::ALL_VERSIONS)
    }

    /// Speaks one version of TLS only.
    ///
    /// # Errors
    /// When the key does not fit the certificate.
    pub fn only(
        identity: &Identity,
        version: &'static SupportedProtocolVersion,
    ) -> io::Result<Self> {
        Self::build(identity, None, &[version])
    }

    /// Demands a client certificate that this authority has signed.
    ///
    /// # Errors
    /// When the key does not fit the certificate.
    pub fn for_clients_of(identity: &Identity, authority: &Authority) -> io::Result<Self> {
        Self::build(identity, Some(authority), rustls::ALL_VERSIONS)
    }

    /// Asks for a client certificate and takes any, or none: who shows it is for the server behind to
    /// judge, as a simulated AM does for its OAuth clients.
    ///
    /// # Errors
    /// When the key does not fit the certificate.
    pub fn for_any_client(identity: &Identity) -> io::Result<Self> {
        let algorithms = default_provider().signature_verification_algorithms;
        Self::with(identity, Some(Arc::new(AnyClient(algorithms))), rustls::ALL_VERSIONS)
    }

    /// Offers HTTP/2 before HTTP/1.1.
    #[must_use]
    pub fn with_http2(mut self) -> Self {
        self.config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        self
    }

    /// Remembers no session, so that every connection shows its certificate.
    #[must_use]
    pub fn without_resumption(mut self) -> Self {
        self.config.session_storage = Arc::new(NoServerSessionStorage {});
        self.config.send_tls13_tickets = 0;
        self
    }

    pub(crate) fn acceptor(self) -> TlsAcceptor {
        Arc::new(self.config).into()
    }

    fn build(
        identity: &Identity,
        clients: Option<&Authority>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> io::Result<Self> {
        let verifier = match clients {
            None => None,
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate()).map_err(io::Error::other)?;
                let provider = Arc::new(default_provider());
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                Some(verifier.build().map_err(io::Error::other)?)
            }
        };
        Self::with(identity, verifier, versions)
    }

    fn with(
        identity: &Identity,
        clients: Option<Arc<dyn ClientCertVerifier>>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> io::Result<Self> {
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .map_err(io::Error::other)?;
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(verifier) => config.with_client_cert_verifier(verifier),
        };
        let config =
            config.with_single_cert(identity.chain(), identity.key()).map_err(io::Error::other)?;
        Ok(Self { config })
    }
}

/// The version of HTTP that client and server have agreed on.
pub(crate) fn agreed_version<S>(stream: &TlsStream<S>) -> Version {
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Version::HTTP_2,
        _ => Version::HTTP_11,
    }
}
