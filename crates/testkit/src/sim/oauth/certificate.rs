//! Certificates that a client shows when it connects (RFC 8705 section 2).

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{RootCertStore, crypto};
use tokio_rustls::server::TlsStream;

use crate::fault_server::{Authority, Identity};

/// What the client at the other end of a TLS connection has shown: proven to be its own, and nothing
/// else checked.
#[derive(Clone)]
pub(crate) struct Peer(Vec<CertificateDer<'static>>);

impl Peer {
    pub(crate) fn of<S>(stream: &TlsStream<S>) -> Self {
        Self(stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec())
    }
}

/// Which certificate a client is registered with.
#[derive(Clone)]
pub(crate) enum CertificateRule {
    SignedBy(Arc<dyn ClientCertVerifier>, String),
    This(CertificateDer<'static>),
}

impl CertificateRule {
    pub(crate) fn signed_by(authority: &Authority, name: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate()).expect("an authority's certificate is one");
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = verifier.build().expect("there is an authority");
        Self::SignedBy(verifier, name.to_owned())
    }

    pub(crate) fn this(identity: &Identity) -> Self {
        Self::This(identity.certificate())
    }

    /// Tells whether the client at the other end is the one that was registered.
    pub(crate) fn fits(&self, peer: Option<&Peer>, now: UnixTime) -> bool {
        let Some((shown, others)) = peer.and_then(|it| it.0.split_first()) else { return false };
        match self {
            Self::This(registered) => shown == registered,
            Self::SignedBy(verifier, name) => {
                let Ok(name) = ServerName::try_from(name.as_str()) else { return false };
                let named = ParsedCertificate::try_from(shown)
                    .is_ok_and(|it| verify_server_name(&it, &name).is_ok());
                named && verifier.verify_client_cert(shown, others, now).is_ok()
            }
        }
    }
}
