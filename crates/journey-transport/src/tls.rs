//! What the client demands of the server's certificate.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::Error;

/// Whom to trust.
#[derive(Default)]
pub(crate) struct Settings {
    extra: Vec<Vec<u8>>,
    only: Option<Vec<Vec<u8>>>,
}

impl Settings {
    pub(crate) fn add_ca(&mut self, pem: Vec<u8>) {
        self.extra.push(pem);
    }

    pub(crate) fn only_ca(&mut self, pem: Vec<u8>) {
        self.only.get_or_insert_default().push(pem);
    }

    /// Makes the configuration, with a provider of its own: the process-wide one is the program's.
    pub(crate) fn config(&self) -> Result<ClientConfig, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = self.verifier(&provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::config("could not set up TLS").because(error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(config)
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, Error> {
        let extra = certificates(&self.extra)?;
        let Some(only) = &self.only else {
            let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(provider));
            return match verifier {
                Ok(verifier) => Ok(Arc::new(verifier)),
                Err(error) => {
                    Err(Error::config("could not load the platform's authorities").because(error))
                }
            };
        };
        let unusable =
            |error| Error::config("an authority's certificate is unusable").because(error);
        let mut roots = RootCertStore::empty();
        for certificate in certificates(only)?.into_iter().chain(extra) {
            roots.add(certificate).map_err(unusable)?;
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
                .build()
                .map_err(|error| Error::config("could not set up TLS").because(error))?;
        Ok(verifier)
    }
}

fn certificates(texts: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut all = Vec::new();
    for text in texts {
        let before = all.len();
        for certificate in CertificateDer::pem_slice_iter(text) {
            all.push(certificate.map_err(|error| {
                Error::config("could not read an authority's certificate").because(error)
            })?);
        }
        if all.len() == before {
            return Err(Error::config("there is no certificate in the text of an authority"));
        }
    }
    Ok(all)
}

/// Says that a valid certificate has a key that was not expected.
#[derive(Debug)]
pub(crate) struct PinMismatch;

impl std::fmt::Display for PinMismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server's key is none of the pinned ones")
    }
}

impl std::error::Error for PinMismatch {}
