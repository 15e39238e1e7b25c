//! Certificates of an authority that exists for one test.

use std::fmt;
use std::io;

use aws_lc_rs::digest::{SHA256, digest};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PublicKeyData, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// An authority that signs certificates for a test.
///
/// ```
/// use journey_testkit::fault_server::Authority;
///
/// let authority = Authority::new()?;
/// assert!(authority.pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// Says when a certificate is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validity {
    /// From long ago to far away.
    #[default]
    Now,
    /// It ended in the past.
    Past,
    /// It begins in the future.
    Future,
}

impl Authority {
    /// Makes a new authority with a key of its own.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new() -> io::Result<Self> {
        let mut params = params(&[], Validity::Now)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        // Two authorities of one name would be told apart by their signatures only.
        let name = format!("Test Authority {:02x?}", params.key_identifier(&key));
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?;
        Ok(Self { issuer })
    }

    /// Returns the authority's certificate as PEM text.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Signs a certificate for these host names or addresses.
    ///
    /// # Errors
    /// When a name cannot stand in a certificate.
    pub fn server(&self, names: &[&str], validity: Validity) -> io::Result<Identity> {
        self.sign(params(names, validity)?, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// Signs a certificate for a client.
    ///
    /// # Errors
    /// When the name cannot stand in a certificate.
    pub fn client(&self, name: &str) -> io::Result<Identity> {
        self.sign(params(&[name], Validity::Now)?, ExtendedKeyUsagePurpose::ClientAuth)
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    fn sign(
        &self,
        mut params: CertificateParams,
        usage: ExtendedKeyUsagePurpose,
    ) -> io::Result<Identity> {
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        Ok(Identity { certificate: certificate.der().clone(), pem: certificate.pem(), key })
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// A certificate with its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Identity {
    /// Makes a certificate that no authority has signed.
    ///
    /// # Errors
    /// When the name cannot stand in a certificate.
    ///
    /// ```
    /// use journey_testkit::fault_server::Identity;
    ///
    /// let identity = Identity::self_signed("app.example.com")?;
    /// assert!(identity.pem().starts_with("-----BEGIN CERTIFICATE-----"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn self_signed(name: &str) -> io::Result<Self> {
        let mut params = params(&[name], Validity::Now)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self { certificate: certificate.der().clone(), pem: certificate.pem(), key })
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Returns the certificate as PEM text.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns the private key as PEM text.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Returns the SHA-256 hash of the public key, as it is pinned.
    #[must_use]
    pub fn spki_sha256(&self) -> [u8; 32] {
        let hash = digest(&SHA256, &self.key.subject_public_key_info());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hash.as_ref());
        bytes
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.clone()]
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

fn params(names: &[&str], validity: Validity) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    let (from, until) = match validity {
        Validity::Now => (2000, 4000),
        Validity::Past => (2000, 2001),
        Validity::Future => (3999, 4000),
    };
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    Ok(params)
}
