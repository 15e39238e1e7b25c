//! What the client demands of the server's certificate, and what it shows of itself.

mod pins;

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
pub(crate) use crate::tls::pins::PinMismatch;
use crate::tls::pins::Pinned;

/// Whom to trust, and who we are.
#[derive(Default)]
pub(crate) struct Settings {
    base: Base,
    extra: Vec<Vec<u8>>,
    pins: Vec<[u8; 32]>,
    client: Option<(Vec<u8>, SecretString)>,
}

/// The authorities that the extra ones are added to.
#[derive(Clone, Copy, Default)]
enum Base {
    #[default]
    Platform,
    #[cfg(feature = "webpki-roots")]
    Bundled,
    Nobody,
}

impl Settings {
    pub(crate) fn add_ca(&mut self, pem: Vec<u8>) {
        self.extra.push(pem);
    }

    pub(crate) fn trust_no_others(&mut self) {
        self.base = Base::Nobody;
    }

    #[cfg(feature = "webpki-roots")]
    pub(crate) fn trust_bundled(&mut self) {
        self.base = Base::Bundled;
    }

    pub(crate) fn pin(&mut self, spki_sha256: [u8; 32]) {
        self.pins.push(spki_sha256);
    }

    pub(crate) fn client_certificate(&mut self, chain: Vec<u8>, key: SecretString) {
        self.client = Some((chain, key));
    }

    /// Makes the configuration, with a provider of its own: the process-wide one is the program's.
    pub(crate) fn config(&self) -> Result<ClientConfig, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut verifier = self.verifier(&provider)?;
        if !self.pins.is_empty() {
            verifier = Arc::new(Pinned::new(verifier, self.pins.clone()));
        }
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let Some((chain, key)) = &self.client else {
            return Ok(config.with_no_client_auth());
        };
        let chain = certificates(chain, "the client certificate")?;
        let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
            .map_err(|error| Error::config("could not read the client's key").because(error))?;
        config.with_client_auth_cert(chain, key).map_err(|error| {
            Error::config("the client's key and certificate do not fit").because(error)
        })
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, Error> {
        let mut extra = Vec::new();
        for text in &self.extra {
            extra.extend(certificates(text, "an authority's certificate")?);
        }
        let mut roots = RootCertStore::empty();
        match self.base {
            Base::Platform => {
                let provider = Arc::clone(provider);
                // On Windows extra authorities take an engine of their own.
                let verifier = match extra.is_empty() {
                    true => Verifier::new(provider),
                    false => Verifier::new_with_extra_roots(extra, provider),
                };
                return Ok(Arc::new(verifier.map_err(|error| {
                    Error::config("could not load the platform's authorities").because(error)
                })?));
            }
            #[cfg(feature = "webpki-roots")]
            Base::Bundled => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Base::Nobody => {}
        }
        for certificate in extra {
            roots.add(certificate).map_err(unusable)?;
        }
        let provider = Arc::clone(provider);
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(verifier
            .build()
            .map_err(|error| Error::config("could not set up TLS").because(error))?)
    }
}

fn unusable(error: rustls::Error) -> Error {
    Error::config("could not set up TLS").because(error)
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read =
        read.map_err(|error| Error::config(format!("could not read {what}")).because(error))?;
    match read.is_empty() {
        true => Err(Error::config(format!("there is no certificate in the text of {what}"))),
        false => Ok(read),
    }
}
