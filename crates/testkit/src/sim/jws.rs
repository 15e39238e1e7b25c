//! Signs and checks compact JWS, straight on aws-lc-rs.
//!
//! Clients verify with another library, so that a mistake here is not made twice.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::Value;

use crate::encoding::{base64url, from_base64url};

/// `base64url(header).base64url(claims)`: what gets signed.
pub(crate) fn signing_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()))
}

pub(crate) fn hs256(key: &[u8], input: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input.as_bytes());
    base64url(tag.as_ref())
}

/// Tells whether the third part of `token` is the HMAC over the first two.
pub(crate) fn is_hs256_by(key: &[u8], token: &str) -> bool {
    let Some((input, signature)) = token.rsplit_once('.') else { return false };
    let Some(signature) = from_base64url(signature) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::verify(&key, input.as_bytes(), &signature).is_ok()
}

/// Tells whether the third part of `token` is the signature over the first two by the private half of
/// this public key, with the one algorithm that its type is for.
pub(crate) fn is_signed_by(jwk: &Value, token: &str) -> bool {
    let Some((input, signature)) = token.rsplit_once('.') else { return false };
    let Some(signature) = from_base64url(signature) else { return false };
    let part = |name: &str| jwk[name].as_str().and_then(from_base64url).unwrap_or_default();
    let algorithm = header_of(token).and_then(|it| it["alg"].as_str().map(str::to_owned));
    match (jwk["kty"].as_str(), algorithm.as_deref()) {
        (Some("RSA"), Some("RS256")) => {
            let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
            key.verify(&RSA_PKCS1_2048_8192_SHA256, input.as_bytes(), &signature).is_ok()
        }
        (Some("EC"), Some("ES256")) => {
            let point = [vec![4], part("x"), part("y")].concat();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            key.verify(input.as_bytes(), &signature).is_ok()
        }
        (Some("OKP"), Some("EdDSA")) => {
            let key = UnparsedPublicKey::new(&ED25519, part("x"));
            key.verify(input.as_bytes(), &signature).is_ok()
        }
        _ => false,
    }
}

/// Reads the claims without checking anything.
pub(crate) fn claims_of(token: &str) -> Option<Value> {
    serde_json::from_slice(&from_base64url(token.split('.').nth(1)?)?).ok()
}

/// Reads the header without checking anything.
pub(crate) fn header_of(token: &str) -> Option<Value> {
    serde_json::from_slice(&from_base64url(token.split('.').next()?)?).ok()
}
