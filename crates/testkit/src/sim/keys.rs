//! The keys that sign `id_tokens`.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};

use crate::encoding::{base64, base64url, random_bytes};

/// One RSA and one elliptic-curve key, with their names.
pub(crate) struct Keys {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    pub(crate) rsa_kid: String,
    pub(crate) ec_kid: String,
}

impl Keys {
    /// The first pair of every server in this process: making an RSA key takes a while.
    pub(crate) fn shared() -> Arc<Self> {
        static KEYS: OnceLock<Arc<Keys>> = OnceLock::new();
        KEYS.get_or_init(|| Arc::new(Self::generated())).clone()
    }

    pub(crate) fn generated() -> Self {
        Self {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect("a new RSA key can be made"),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .expect("a new P-256 key can be made"),
            // AM's key ids are base64 of a hash, with `/`, `+` and `=` in them.
            rsa_kid: format!("rs/+{}", base64(random_bytes::<19>())),
            ec_kid: format!("es/+{}", base64(random_bytes::<19>())),
        }
    }

    pub(crate) fn rs256(&self, input: &str) -> String {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
            .expect("a key of 2048 bits signs SHA-256");
        base64url(signature)
    }

    pub(crate) fn es256(&self, input: &str) -> String {
        let signature = self
            .ec
            .sign(&SystemRandom::new(), input.as_bytes())
            .expect("a P-256 key signs SHA-256");
        base64url(signature.as_ref())
    }

    /// Returns both public keys as JWK.
    pub(crate) fn public(&self) -> Vec<Value> {
        let [modulus, exponent] = integers(self.rsa.public_key().as_ref());
        let rsa = json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.rsa_kid,
            "n": base64url(modulus),
            "e": base64url(exponent),
        });
        let point = self.ec.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let ec = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.ec_kid,
            "x": base64url(x), "y": base64url(y),
        });
        vec![rsa, ec]
    }
}

/// Reads modulus and exponent out of an `RSAPublicKey` (RFC 8017 appendix A.1.1): a sequence of two
/// integers.
pub(crate) fn integers(der: &[u8]) -> [&[u8]; 2] {
    let (sequence, _) = element(der);
    let (modulus, rest) = element(sequence);
    let (exponent, _) = element(rest);
    [modulus, exponent].map(|it| it.strip_prefix(&[0]).unwrap_or(it))
}

/// Splits the content of the first DER element from what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, start) = match der[1] {
        short @ 0..0x80 => (usize::from(short), 2),
        long => {
            let bytes = usize::from(long & 0x7f);
            let length = der[2..2 + bytes].iter().fold(0, |sum, it| sum << 8 | usize::from(*it));
            (length, 2 + bytes)
        }
    };
    der[start..].split_at(length)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;
    use crate::encoding::from_base64url;

    #[test]
    fn the_published_rsa_key_verifies_what_was_signed() {
        let keys = Keys::shared();
        let jwk = &keys.public()[0];
        let part = |name: &str| from_base64url(jwk[name].as_str().unwrap()).unwrap();
        let public = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        let signature = from_base64url(&keys.rs256("a.b")).unwrap();
        assert!(public.verify(&RSA_PKCS1_2048_8192_SHA256, b"a.b", &signature).is_ok());
    }
}
