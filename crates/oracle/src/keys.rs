//! Keys of a provider, and signatures by them.

use std::sync::LazyLock;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
        KeyPair, RsaEncoding,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::CLIENT_SECRET;

/// A signature algorithm's name, as a header writes it.
pub type Algorithm = &'static str;

/// Those that journey-oidc takes from a server's key set.
pub const ALGORITHMS: [Algorithm; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/// The number of a P-256 key whose first coordinate is published without its leading zero.
pub(crate) const SHORT: usize = 2;

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::new);

struct Keys {
    rsa: [RsaKeyPair; 2],
    p256: [EcdsaKeyPair; 3],
    p384: [EcdsaKeyPair; 2],
    p521: [EcdsaKeyPair; 2],
    ed25519: [Ed25519KeyPair; 2],
}

impl Keys {
    fn new() -> Self {
        let rsa = || RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key can be made");
        let ec = |it: &'static EcdsaSigningAlgorithm| {
            EcdsaKeyPair::generate(it).expect("a key on a curve can be made")
        };
        let p256 = || ec(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let is_short = |it: &EcdsaKeyPair| it.public_key().as_ref()[1] == 0;
        let short = std::iter::repeat_with(p256).find(is_short);
        let ed25519 = || Ed25519KeyPair::generate().expect("an Ed25519 key can be made");
        Self {
            rsa: [rsa(), rsa()],
            p256: [p256(), p256(), short.expect("one key in 256 is like that")],
            p384: [(); 2].map(|()| ec(&ECDSA_P384_SHA384_FIXED_SIGNING)),
            p521: [(); 2].map(|()| ec(&ECDSA_P521_SHA512_FIXED_SIGNING)),
            ed25519: [ed25519(), ed25519()],
        }
    }

    fn ec(&self, algorithm: Algorithm, number: usize) -> Option<&EcdsaKeyPair> {
        Some(match algorithm {
            "ES256" => &self.p256[number],
            "ES384" => &self.p384[number],
            "ES512" => &self.p521[number],
            _ => return None,
        })
    }
}

/// Signs with the key of that number, 0 or 1; an unknown algorithm gives an empty signature.
pub(crate) fn sign(algorithm: Algorithm, number: usize, message: &[u8]) -> Vec<u8> {
    let random = SystemRandom::new();
    if let Some(key) = KEYS.ec(algorithm, number) {
        let signature = key.sign(&random, message).expect("a key on a curve signs");
        return signature.as_ref().to_vec();
    }
    let encoding: &dyn RsaEncoding = match algorithm {
        "RS256" => &signature::RSA_PKCS1_SHA256,
        "RS384" => &signature::RSA_PKCS1_SHA384,
        "RS512" => &signature::RSA_PKCS1_SHA512,
        "PS256" => &signature::RSA_PSS_SHA256,
        "PS384" => &signature::RSA_PSS_SHA384,
        "PS512" => &signature::RSA_PSS_SHA512,
        "EdDSA" => return KEYS.ed25519[number].sign(message).as_ref().to_vec(),
        "HS256" => return tag(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes(), message),
        "HS384" => return tag(hmac::HMAC_SHA384, CLIENT_SECRET.as_bytes(), message),
        "HS512" => return tag(hmac::HMAC_SHA512, CLIENT_SECRET.as_bytes(), message),
        "HS256 by the public key" => {
            let modulus = jwk("RS256", number)["n"].to_string();
            return tag(hmac::HMAC_SHA256, modulus.trim_matches('"').as_bytes(), message);
        }
        _ => return Vec::new(),
    };
    let key = &KEYS.rsa[number];
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(encoding, &random, message, &mut signature).expect("an RSA key signs");
    signature
}

fn tag(algorithm: hmac::Algorithm, secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec()
}

/// Returns the public key of that number for an algorithm, with a name and no `alg`.
pub(crate) fn jwk(algorithm: Algorithm, number: usize) -> Value {
    let kid = format!("{}-{number}", family(algorithm));
    if let Some(key) = KEYS.ec(algorithm, number) {
        let point = &key.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let x = if number == SHORT { &x[1..] } else { x };
        let curve = ["P-256", "P-384", "P-521"]
            [usize::from(algorithm == "ES384") + 2 * usize::from(algorithm == "ES512")];
        return json!({"kty": "EC", "use": "sig", "crv": curve, "kid": kid, "x": text(x), "y": text(y)});
    }
    if algorithm == "EdDSA" {
        let x = text(KEYS.ed25519[number].public_key().as_ref());
        return json!({"kty": "OKP", "use": "sig", "crv": "Ed25519", "kid": kid, "x": x});
    }
    let [n, e] = integers(KEYS.rsa[number].public_key().as_ref());
    json!({"kty": "RSA", "use": "sig", "kid": kid, "n": text(n), "e": text(e)})
}

/// Reads modulus and exponent out of an `RSAPublicKey` of 2048 bits (RFC 8017 appendix A.1.1): a
/// sequence of two integers, of 257 bytes and of 3.
fn integers(der: &[u8]) -> [&[u8]; 2] {
    // 30 82 .. .., 02 82 .. .. 00 <256 bytes>, 02 03 <3 bytes>
    [&der[9..265], &der[267..]]
}

fn family(algorithm: Algorithm) -> &'static str {
    match algorithm {
        "ES256" => "p256",
        "ES384" => "p384",
        "ES512" => "p521",
        "EdDSA" => "ed25519",
        _ => "rsa",
    }
}

pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
