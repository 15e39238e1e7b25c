//! An id_token verified, beside the bare check of its signature by the same library.
//!
//! `cargo bench -p journey-oidc --bench verify`. The code under test is private, so its files are
//! compiled into this program once more.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a bench prints, and stops if it must; it uses a part of each file it takes in"
)]

#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/id_token/mod.rs"]
mod id_token;
#[path = "../../src/jose/mod.rs"]
mod jose;
#[path = "../tokens/measure.rs"]
mod measure;
#[path = "../../src/text.rs"]
mod text;

use std::{
    hint::black_box,
    time::{Duration, UNIX_EPOCH},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
        RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    id_token::Expected,
    jose::{Algorithm, Found, JwkSet, Jws},
    measure::medians,
};

const NOW: u64 = 1_800_000_000;
const CALLS: u32 = 20;

fn main() {
    rs256();
    es256();
}

fn rs256() {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    // The public key in DER: 30 82 .. .., 02 82 .. .. 00 <256 bytes>, 02 03 <3 bytes>
    let der = key.public_key().as_ref();
    let (n, e) = (&der[9..265], &der[267..]);
    let jwk = json!({"kty": "RSA", "use": "sig", "kid": "k", "n": text(n), "e": text(e)});
    let input = signing_input("RS256");
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
        .unwrap();
    let bare = || {
        RsaPublicKeyComponents { n, e }
            .verify(&RSA_PKCS1_2048_8192_SHA256, black_box(input.as_bytes()), &signature)
            .unwrap();
    };
    compare("RS256", &jwk, &input, &signature, &bare);
}

fn es256() {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = key.public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    let jwk =
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": "k", "x": text(x), "y": text(y)});
    let input = signing_input("ES256");
    let signature = key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    let bare = || {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(black_box(input.as_bytes()), signature.as_ref())
            .unwrap();
    };
    compare("ES256", &jwk, &input, signature.as_ref(), &bare);
}

fn compare(name: &str, jwk: &Value, input: &str, signature: &[u8], bare: &(dyn Fn() + Sync)) {
    let keys = JwkSet::read(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    let token = format!("{input}.{}", text(signature));
    let [ours, bare] = medians(
        1,
        CALLS,
        [&|calls| (0..calls).for_each(|_| verify(&keys, black_box(&token))), &|calls| {
            (0..calls).for_each(|_| bare());
        }],
    );
    println!(
        "{name}: id_token {:.2} µs, bare signature {:.2} µs; ratio {:.2}",
        ours / 1000.0,
        bare / 1000.0,
        ours / bare
    );
}

/// All that is done with an id_token once the keys are known.
fn verify(keys: &JwkSet, token: &str) {
    let jws = Jws::parse(token).unwrap();
    let algorithm = jws.algorithm(&Algorithm::ASYMMETRIC).unwrap();
    let Found::One(key) = keys.find(jws.kid(), algorithm) else {
        unreachable!("there is one key");
    };
    let claims = jws.verify(algorithm, &key).unwrap();
    let expected = Expected {
        issuer: "https://am.example.com/am/oauth2",
        client_id: "app",
        trusted_audiences: &[],
        access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        code: None,
        nonce: Some("LZqUmVQ6cYcjpFHKSUwsOvJIO1uHBRf0"),
        max_age: None,
        acr_values: &[],
        now: UNIX_EPOCH + Duration::from_secs(NOW),
        skew: Duration::from_secs(60),
        server_time: None,
        before: None,
    };
    id_token::check(&claims, algorithm, &expected).unwrap();
}

/// What OpenAM 16.0.5 puts into an id_token.
fn signing_input(algorithm: &str) -> String {
    let header = json!({"typ": "JWT", "kid": "k", "alg": algorithm});
    let claims = json!({
        "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "sub": "bjensen",
        "auditTrackingId": "9b2ba38b-a7c5-4d07-8c5e-5d8d2a2b7a9b-1402",
        "iss": "https://am.example.com/am/oauth2", "tokenName": "id_token", "aud": "app",
        "c_hash": "LDktKdoQak3Pk0cnXxCltA", "acr": "0", "nonce": "LZqUmVQ6cYcjpFHKSUwsOvJIO1uHBRf0",
        "org.forgerock.openidconnect.ops": "PbUGLDf0jPxzmVkzoDKM4DsmK9Y", "s_hash": "bOhtX8F73IMjSPeVAqxyTQ",
        "azp": "app", "auth_time": NOW - 5, "realm": "/", "exp": NOW + 3600, "tokenType": "JWTToken",
        "iat": NOW,
    });
    format!("{}.{}", text(header.to_string()), text(claims.to_string()))
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
