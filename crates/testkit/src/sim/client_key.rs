//! The private keys of clients.

use std::fmt;
use std::io;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use serde_json::{Value, json};

use crate::encoding::{base64, base64url};
use crate::sim::keys::integers;

/// A key that a client signs its assertions with (`private_key_jwt`).
///
/// ```
/// use journey_testkit::sim::{ClientKey, OAuthClient};
///
/// let key = ClientKey::p256("mine")?;
/// assert!(key.pem().starts_with("-----BEGIN PRIVATE KEY-----"));
/// assert_eq!(key.jwk()["kid"], "mine");
/// let client = OAuthClient::private_key_jwt("app", [key.jwk()]);
/// assert!(!format!("{client:?} {key:?}").contains(key.pem()));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ClientKey {
    pem: String,
    jwk: Value,
}

impl ClientKey {
    /// Makes an RSA key, for RS256.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn rsa(kid: &str) -> io::Result<Self> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unmade)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(unmade)?;
        let [n, e] = integers(key.public_key().as_ref()).map(base64url);
        Ok(Self::new(der.as_ref(), json!({ "kty": "RSA", "kid": kid, "n": n, "e": e })))
    }

    /// Makes a key on P-256, for ES256.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn p256(kid: &str) -> io::Result<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(unmade)?;
        let der = key.to_pkcs8v1().map_err(unmade)?;
        let [x, y] = [1..33, 33..65].map(|it| base64url(&key.public_key().as_ref()[it]));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y });
        Ok(Self::new(der.as_ref(), jwk))
    }

    /// Makes a key on Ed25519, for EdDSA.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn ed25519(kid: &str) -> io::Result<Self> {
        let key = Ed25519KeyPair::generate().map_err(unmade)?;
        let der = key.to_pkcs8().map_err(unmade)?;
        let x = base64url(key.public_key().as_ref());
        Ok(Self::new(der.as_ref(), json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x })))
    }

    fn new(der: &[u8], jwk: Value) -> Self {
        let text = base64(der);
        let lines: Vec<&str> =
            (0..text.len()).step_by(64).map(|it| &text[it..text.len().min(it + 64)]).collect();
        let body = lines.join("\n");
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        Self { pem, jwk }
    }

    /// Returns the private half, as PKCS#8 in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns the public half, as a JWK: what is registered at the server.
    pub fn jwk(&self) -> Value {
        self.jwk.clone()
    }
}

fn unmade<E>(_: E) -> io::Error {
    io::Error::other("could not make a client's key")
}

/// Leaves out the private half.
impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").field("jwk", &self.jwk).finish_non_exhaustive()
    }
}
