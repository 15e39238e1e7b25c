//! Signs a client's own assertions (RFC 7523), with a key that stays inside.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::{
    error::{Error, ErrorKind},
    jose::Algorithm,
};

/// A client's private key, for `private_key_jwt` (OpenID Connect Core section 9).
///
/// Cheap to clone. `Debug` shows the algorithm and the key's id, never the key.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    kid: Option<String>,
    key: Arc<Key>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Reads a key in PKCS#8 as PEM text (`-----BEGIN PRIVATE KEY-----`): RSA of 2048 bits or more,
    /// P-256, P-384, P-521 or Ed25519.
    ///
    /// An RSA key signs with `RS256`, which every AM takes, the others with the one algorithm they have.
    ///
    /// # Errors
    /// [`Error`] of kind `Configuration` when it is no such key.
    ///
    /// ```
    /// use journey_oidc::{ErrorKind, SigningKey};
    ///
    /// let error = SigningKey::from_pkcs8_pem(&"no key".into()).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Configuration);
    /// ```
    pub fn from_pkcs8_pem(pem: &SecretString) -> Result<Self, Error> {
        let unusable = || {
            Error::configuration(
                "the client's key is none that can be used: PKCS#8 in PEM with RSA of 2048 bits, \
                 P-256, P-384, P-521 or Ed25519 is needed",
            )
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose_secret().as_bytes())
            .map_err(|_| unusable())?;
        let der = der.secret_pkcs8_der();
        let curves = [
            (Algorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            (Algorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            (Algorithm::Es512, &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        ];
        let (algorithm, key) = if let Ok(key) = RsaKeyPair::from_pkcs8(der) {
            (Algorithm::Rs256, Key::Rsa(key))
        } else if let Some((algorithm, key)) = curves.into_iter().find_map(|(algorithm, curve)| {
            Some((algorithm, EcdsaKeyPair::from_pkcs8(curve, der).ok()?))
        }) {
            (algorithm, Key::Ec(key))
        } else {
            let key = Ed25519KeyPair::from_pkcs8(der).map_err(|_| unusable())?;
            (Algorithm::EdDsa, Key::Ed25519(key))
        };
        Ok(Self { algorithm, kid: None, key: Arc::new(key) })
    }

    /// Names the key in each signature (`kid`), as the server's key set for this client does.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        Self { kid: Some(kid.into()), ..self }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// Makes a signed JWT of the claims.
pub(crate) fn sign(
    signer: &SigningKey,
    claims: &Map<String, Value>,
) -> Result<SecretString, Error> {
    let mut header = json!({"alg": signer.algorithm.name(), "typ": "JWT"});
    if let Some(kid) = &signer.kid {
        header["kid"] = kid.as_str().into();
    }
    let claims = URL_SAFE_NO_PAD.encode(Value::Object(claims.clone()).to_string());
    let mut token = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()));
    let failed = |_| Error::new(ErrorKind::Cryptography, "could not sign with the client's key");
    let random = SystemRandom::new();
    let signature = match signer.key.as_ref() {
        Key::Rsa(key) => {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&signature::RSA_PKCS1_SHA256, &random, token.as_bytes(), &mut signature)
                .map_err(failed)?;
            URL_SAFE_NO_PAD.encode(signature)
        }
        Key::Ec(key) => {
            URL_SAFE_NO_PAD.encode(key.sign(&random, token.as_bytes()).map_err(failed)?)
        }
        Key::Ed25519(key) => {
            URL_SAFE_NO_PAD.encode(key.try_sign(token.as_bytes()).map_err(failed)?)
        }
    };
    token.push('.');
    token.push_str(&signature);
    Ok(token.into())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsDer,
        rsa::KeySize,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, KeyPair},
    };
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::jose::{Found, JwkSet, Jws, object};

    fn pem(der: &[u8]) -> SecretString {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|it| std::str::from_utf8(it).unwrap()).collect();
        let text = lines.join("\n");
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n").into()
    }

    /// Signs, and checks with the public half as a server would.
    fn round_trip(der: &[u8], jwk: &Value) {
        let key = SigningKey::from_pkcs8_pem(&pem(der)).unwrap().with_kid("mine");
        let claims = Map::from_iter([("sub".to_owned(), Value::from("app"))]);
        let token = sign(&key, &claims).unwrap();
        let keys = JwkSet::read(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        let mut decoded = Vec::new();
        let jws = Jws::parse(token.expose_secret(), &mut decoded, object).unwrap();
        assert_eq!(jws.kid(), Some("mine"));
        let algorithm = jws.algorithm(&Algorithm::ASYMMETRIC).unwrap();
        assert_eq!(algorithm, key.algorithm);
        match keys.find(Some("mine"), algorithm) {
            Found::One(public) => assert_eq!(jws.verify(algorithm, &public).unwrap(), claims),
            _ => unreachable!("the key is in the set"),
        }
    }

    fn coded(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn an_rsa_key_signs_what_its_public_half_verifies() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).unwrap();
        // RFC 8017 appendix A.1.1: two integers, of 256 bytes behind a zero and of 3.
        let public = key.public_key().as_ref();
        let jwk = json!({"kty": "RSA", "kid": "mine", "n": coded(&public[9..265]), "e": "AQAB"});
        round_trip(der.as_ref(), &jwk);
    }

    #[test]
    fn elliptic_curve_keys_sign_what_their_public_halves_verify() {
        for (algorithm, curve) in [
            (&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            (&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
        ] {
            let key = EcdsaKeyPair::generate(algorithm).unwrap();
            let point = &key.public_key().as_ref()[1..];
            let (x, y) = point.split_at(point.len() / 2);
            let jwk =
                json!({"kty": "EC", "kid": "mine", "crv": curve, "x": coded(x), "y": coded(y)});
            round_trip(key.to_pkcs8v1().unwrap().as_ref(), &jwk);
        }
    }

    #[test]
    fn an_ed25519_key_signs_what_its_public_half_verifies() {
        let key = Ed25519KeyPair::generate().unwrap();
        let x = coded(key.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "kid": "mine", "crv": "Ed25519", "x": x});
        round_trip(key.to_pkcs8().unwrap().as_ref(), &jwk);
    }

    #[test]
    fn debug_shows_no_key() {
        let key = Ed25519KeyPair::generate().unwrap();
        let key = SigningKey::from_pkcs8_pem(&pem(key.to_pkcs8().unwrap().as_ref())).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey { algorithm: EdDsa, kid: None, .. }");
    }
}
