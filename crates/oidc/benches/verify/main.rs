//! An id_token verified, beside the bare check of its signature by the same library.
//!
//! `cargo bench -p journey-oidc --bench verify`. A fixed number of rounds, for counting
//! instructions: `.. -- count RS256 id_token 1000` (or `bare`, or `bare-read`), below
//! `valgrind --tool=callgrind --toggle-collect='*counted_rounds*'`.
//!
//! The bare check comes twice. `bare` has a key that was read beforehand, as we read the keys of a
//! set once: the goal is held against this one, for such a key makes the check itself cheaper.
//! `bare-read` reads the key's bytes each time, as one does who keeps none.
//!
//! The code under test is private, so its files are compiled into this program once more.
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
    env,
    hint::black_box,
    time::{Duration, UNIX_EPOCH},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
        ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
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

/// What is done with one token so many times.
type Way<'a> = &'a (dyn Fn(u32) + Sync);

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let counted = arguments.iter().position(|it| it == "count").map(|at| &arguments[at + 1..]);
    rs256(counted);
    es256(counted);
}

fn rs256(counted: Option<&[String]>) {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    // The public key in DER: 30 82 .. .., 02 82 .. .. 00 <256 bytes>, 02 03 <3 bytes>
    let der = key.public_key().as_ref();
    let (n, e) = (&der[9..265], &der[267..]);
    let jwk = json!({"kty": "RSA", "use": "sig", "kid": "k", "n": text(n), "e": text(e)});
    let input = signing_input("RS256");
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
        .unwrap();
    let components = RsaPublicKeyComponents { n, e };
    let parsed = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).unwrap();
    let bare = repeated(|| parsed.verify_sig(black_box(input.as_bytes()), &signature).unwrap());
    let bare_read = repeated(|| {
        components
            .verify(&RSA_PKCS1_2048_8192_SHA256, black_box(input.as_bytes()), &signature)
            .unwrap();
    });
    compare("RS256", counted, &jwk, &token(&input, &signature), [&bare, &bare_read]);
}

fn es256(counted: Option<&[String]>) {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = key.public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    let jwk =
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": "k", "x": text(x), "y": text(y)});
    let input = signing_input("ES256");
    let signature = key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    let signature = signature.as_ref();
    let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).unwrap();
    let bare = repeated(|| parsed.verify_sig(black_box(input.as_bytes()), signature).unwrap());
    let bare_read = repeated(|| {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(black_box(input.as_bytes()), signature)
            .unwrap();
    });
    compare("ES256", counted, &jwk, &token(&input, signature), [&bare, &bare_read]);
}

fn repeated(once: impl Fn() + Sync) -> impl Fn(u32) + Sync {
    move |calls| (0..calls).for_each(|_| once())
}

fn compare(
    name: &str,
    counted: Option<&[String]>,
    jwk: &Value,
    token: &str,
    [bare, bare_read]: [Way<'_>; 2],
) {
    let keys = JwkSet::read(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    let ours = repeated(|| verify(&keys, black_box(token)));
    if let Some([algorithm, way, rounds, ..]) = counted {
        let way: Way<'_> = match way.as_str() {
            "id_token" => &ours,
            "bare" => bare,
            _ => bare_read,
        };
        if algorithm == name {
            counted_rounds(way, rounds.parse().unwrap());
        }
        return;
    }
    let [ours, bare, bare_read] = medians(1, CALLS, [&ours, bare, bare_read]).map(|it| it / 1000.0);
    println!(
        "{name}: id_token {ours:.2} µs; bare signature {bare:.2} µs, ratio {:.2}; \
         with the key read each time {bare_read:.2} µs, ratio {:.2}",
        ours / bare,
        ours / bare_read
    );
}

/// A name for callgrind: what comes before it, as the making of keys, differs from run to run.
#[inline(never)]
fn counted_rounds(way: Way<'_>, rounds: u32) {
    way(rounds);
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

fn token(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", text(signature))
}

/// What OpenAM 16.0.5 puts into an id_token, in its order: sorted names are quicker to put into a map.
fn signing_input(algorithm: &str) -> String {
    let header = format!(r#"{{"typ":"JWT","kid":"k","alg":"{algorithm}"}}"#);
    let (then, end) = (NOW - 5, NOW + 3600);
    let claims = format!(
        r#"{{"at_hash":"77QmUPtjPfzWtF2AnpK9RQ","sub":"bjensen","auditTrackingId":"9b2ba38b-a7c5-4d07-8c5e-5d8d2a2b7a9b-1402","iss":"https://am.example.com/am/oauth2","tokenName":"id_token","aud":"app","c_hash":"LDktKdoQak3Pk0cnXxCltA","acr":"0","nonce":"LZqUmVQ6cYcjpFHKSUwsOvJIO1uHBRf0","org.forgerock.openidconnect.ops":"PbUGLDf0jPxzmVkzoDKM4DsmK9Y","s_hash":"bOhtX8F73IMjSPeVAqxyTQ","azp":"app","auth_time":{then},"realm":"/","exp":{end},"tokenType":"JWTToken","iat":{NOW}}}"#
    );
    format!("{}.{}", text(header), text(claims))
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
