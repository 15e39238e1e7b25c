//! A server's public keys (RFC 7517).

use std::sync::OnceLock;

use aws_lc_rs::{
    hmac,
    signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{
    error::{Error, ErrorKind},
    jose::{Algorithm, algorithm::KeyType, json},
};

/// The keys of a server that can verify something.
#[derive(Debug, Default)]
pub(crate) struct JwkSet(Vec<Jwk>);

#[derive(Debug)]
struct Jwk {
    kid: Option<String>,
    key: PublicKey,
    uses: Vec<Use>,
}

/// A key as one algorithm takes it.
///
/// It is made ready when the first token asks for it, and kept: that costs a seventh of an RSA check,
/// and a set names keys and algorithms that no token ever uses. None when the key is broken.
#[derive(Debug)]
struct Use {
    algorithm: Algorithm,
    ready: OnceLock<Option<ParsedPublicKey>>,
}

#[derive(Debug)]
enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// What a look-up gave.
pub(crate) enum Found<'a> {
    One(VerifyingKey<'a>),
    None,
    Several,
}

/// A key that a signature can be checked with.
pub(crate) struct VerifyingKey<'a>(Kind<'a>);

enum Kind<'a> {
    Public(&'a Jwk),
    Secret(&'a SecretString),
}

impl JwkSet {
    /// Reads a key set; entries of other types or uses are skipped (RFC 7517 section 5).
    pub(crate) fn read(body: &[u8]) -> Result<Self, Error> {
        let unreadable = || Error::new(ErrorKind::Keys, "the server's keys can't be read");
        let body = json::object(body).ok_or_else(unreadable)?;
        let keys = body.get("keys").and_then(Value::as_array).ok_or_else(unreadable)?;
        Ok(Self(keys.iter().filter_map(Value::as_object).filter_map(Jwk::read).collect()))
    }

    /// Finds the key for a token that names `kid`, or names none.
    ///
    /// Without a name the key must be the only one that fits: trying several would let an old or
    /// foreign key decide.
    pub(crate) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        let mut fitting = self.0.iter().filter(|it| {
            it.uses.iter().any(|it| it.algorithm == algorithm)
                && (kid.is_none() || it.kid.as_deref() == kid)
        });
        match (fitting.next(), fitting.next()) {
            (None, _) => Found::None,
            (Some(jwk), None) => Found::One(VerifyingKey(Kind::Public(jwk))),
            (Some(_), Some(_)) => Found::Several,
        }
    }
}

impl Jwk {
    fn read(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?.trim_end_matches('=')).ok();
        if text("use").is_some_and(|it| it != "sig") {
            return None;
        }
        let operations = jwk.get("key_ops").and_then(Value::as_array);
        if operations.is_some_and(|it| !it.iter().any(|it| it == "verify")) {
            return None;
        }
        let (key_type, key) = match (text("kty")?, text("crv")) {
            ("RSA", _) => {
                let n = without_leading_zeros(bytes("n")?);
                (KeyType::Rsa, PublicKey::Rsa { n, e: without_leading_zeros(bytes("e")?) })
            }
            ("EC", Some(curve)) => {
                let (key_type, length) = match curve {
                    "P-256" => (KeyType::P256, 32),
                    "P-384" => (KeyType::P384, 48),
                    "P-521" => (KeyType::P521, 66),
                    _ => return None,
                };
                let (x, y) = (padded(bytes("x")?, length)?, padded(bytes("y")?, length)?);
                (key_type, PublicKey::Ec([vec![0x04], x, y].concat()))
            }
            ("OKP", Some("Ed25519")) => (KeyType::Ed25519, PublicKey::Ed25519(bytes("x")?)),
            _ => return None,
        };
        let uses = Algorithm::ASYMMETRIC
            .into_iter()
            .filter(|it| it.key_type() == key_type)
            .filter(|it| text("alg").is_none_or(|alg| alg == it.name()))
            .map(|algorithm| Use { algorithm, ready: OnceLock::new() })
            .collect();
        Some(Self { kid: text("kid").map(str::to_owned), key, uses })
    }

    fn ready(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        let found = self.uses.iter().find(|it| it.algorithm == algorithm)?;
        found.ready.get_or_init(|| self.key.ready(algorithm)).as_ref()
    }
}

impl PublicKey {
    fn ready(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        match (self, algorithm) {
            (Self::Rsa { n, e }, _) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(rsa_parameters(algorithm)?)
            }
            (Self::Ec(point), Algorithm::Es256) => {
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
            }
            (Self::Ec(point), Algorithm::Es384) => {
                ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
            }
            (Self::Ec(point), Algorithm::Es512) => {
                ParsedPublicKey::new(&signature::ECDSA_P521_SHA512_FIXED, point)
            }
            (Self::Ed25519(key), Algorithm::EdDsa) => {
                ParsedPublicKey::new(&signature::ED25519, key)
            }
            _ => return None,
        }
        .ok()
    }
}

impl<'a> VerifyingKey<'a> {
    /// Makes a key of a client secret, for HS256 only.
    pub(crate) fn secret(secret: &'a SecretString) -> Self {
        Self(Kind::Secret(secret))
    }

    /// Tells whether the signature is right. A key of another type never verifies.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (&self.0, algorithm) {
            (Kind::Public(jwk), _) => {
                jwk.ready(algorithm).is_some_and(|it| it.verify_sig(message, signature).is_ok())
            }
            (Kind::Secret(secret), Algorithm::Hs256) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
                hmac::verify(&key, message, signature).is_ok()
            }
            _ => false,
        }
    }
}

/// Keys under 2048 bits do not verify (RFC 7518 section 3.3).
fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|it| *it == 0).collect()
}

/// Some servers drop leading zeros of a coordinate although RFC 7518 section 6.2.1.2 forbids it.
fn padded(bytes: Vec<u8>, length: usize) -> Option<Vec<u8>> {
    let missing = length.checked_sub(bytes.len())?;
    Some([vec![0; missing], bytes].concat())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        rsa::{KeyPair as RsaKeyPair, KeySize},
        signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256},
    };
    use serde_json::json;

    use super::*;

    fn set(keys: &Value) -> JwkSet {
        JwkSet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn name(found: &Found<'_>) -> &'static str {
        match found {
            Found::One(_) => "one",
            Found::None => "none",
            Found::Several => "several",
        }
    }

    #[test]
    fn keys_for_other_uses_and_of_unknown_types_are_skipped() {
        let set = set(&json!([
            {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "key_ops": ["encrypt"], "n": "AQAB", "e": "AQAB"},
            {"kty": "oct", "k": "AQAB"},
            {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AQAB"},
            {"kty": "EC", "crv": "secp256k1", "x": "AQ", "y": "AQ"},
            {"kty": "EC", "crv": "P-256", "x": "AQ"},
            "text"
        ]));
        assert!(set.0.is_empty(), "{set:?}");
    }

    #[test]
    fn a_key_is_found_by_name_type_and_algorithm() {
        let set = set(&json!([
            {"kty": "RSA", "kid": "a/+=", "alg": "RS256", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "b", "n": "AQAB", "e": "AQAB"},
            {"kty": "EC", "kid": "b", "crv": "P-256", "x": "AQ", "y": "AQ"},
        ]));
        assert_eq!(name(&set.find(Some("a/+="), Algorithm::Rs256)), "one");
        assert_eq!(name(&set.find(Some("a/+="), Algorithm::Ps256)), "none");
        assert_eq!(name(&set.find(Some("b"), Algorithm::Es256)), "one");
        assert_eq!(name(&set.find(Some("b"), Algorithm::Es384)), "none");
        assert_eq!(name(&set.find(Some("c"), Algorithm::Rs256)), "none");
    }

    #[test]
    fn without_a_name_only_a_single_fitting_key_is_found() {
        let set = set(&json!([
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "alg": "RS256", "kid": "b", "n": "AQAB", "e": "AQAB"},
            {"kty": "OKP", "crv": "Ed25519", "x": "AQ"},
        ]));
        assert_eq!(name(&set.find(None, Algorithm::EdDsa)), "one");
        assert_eq!(name(&set.find(None, Algorithm::Rs256)), "several");
        assert_eq!(name(&set.find(None, Algorithm::Ps256)), "one");
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for body in ["", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
            assert!(JwkSet::read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_key_that_names_no_algorithm_verifies_with_each_of_its_type_and_is_read_once_for_each() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        // RFC 8017 appendix A.1.1: two integers, of 256 bytes behind a zero and of 3.
        let n = URL_SAFE_NO_PAD.encode(&pair.public_key().as_ref()[9..265]);
        let set = set(&json!([{"kty": "RSA", "n": n, "e": "AQAB"}]));
        let sign = |padding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &SystemRandom::new(), b"text", &mut signature).unwrap();
            signature
        };
        for (algorithm, padding, other) in [
            (Algorithm::Rs256, &RSA_PKCS1_SHA256, Algorithm::Ps256),
            (Algorithm::Ps256, &RSA_PSS_SHA256, Algorithm::Rs256),
        ] {
            let Found::One(key) = set.find(None, algorithm) else { unreachable!("one key") };
            let signature = sign(padding);
            assert!(key.verifies(algorithm, b"text", &signature));
            assert!(!key.verifies(algorithm, b"test", &signature));
            assert!(!key.verifies(other, b"text", &signature));
            assert!(!key.verifies(Algorithm::Es256, b"text", &signature));
            let ready = || set.0[0].ready(algorithm).unwrap();
            assert!(std::ptr::eq(ready(), ready()));
        }
    }

    #[test]
    fn a_broken_key_stands_in_the_way_of_another_and_verifies_nothing() {
        let set = set(&json!([
            {"kty": "RSA", "kid": "a", "n": "", "e": "AQAB"},
            {"kty": "EC", "kid": "b", "crv": "P-256", "x": "AQ", "y": "AQ"},
            {"kty": "OKP", "kid": "c", "crv": "Ed25519", "x": "AQ"},
            {"kty": "RSA", "kid": "d", "n": "AQAB", "e": "AQAB"},
        ]));
        for (kid, algorithm) in [
            ("a", Algorithm::Rs256),
            ("b", Algorithm::Es256),
            ("c", Algorithm::EdDsa),
            ("d", Algorithm::Rs256),
        ] {
            let Found::One(key) = set.find(Some(kid), algorithm) else { unreachable!("{kid}") };
            assert!(!key.verifies(algorithm, b"text", &[1; 64]), "{kid}");
        }
        assert_eq!(name(&set.find(None, Algorithm::Rs256)), "several");
    }
}
