//! An id_token verified, beside the bare check of its signature by the same library.
//!
//! `cargo bench -p journey-oidc --bench verify`. A fixed number of rounds, for counting
//! instructions: `.. -- count RS256 id_token 1000` (or `claims`, `kept`, `bare`, `bare-read`), below
//! `valgrind --tool=callgrind --toggle-collect='*counted_rounds*'`.
//!
//! An id_token comes three times: `id_token` is verified, `claims` is verified and then asked for all its
//! claims, which nobody pays who does not ask, `kept` is verified, stored in memory and handed out.
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
#[path = "../../src/record.rs"]
mod record;
#[path = "../../src/text.rs"]
mod text;

use std::{
    env,
    hint::black_box,
    sync::Arc,
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
use futures_util::FutureExt;
use journey_storage::{Key, Memory, Slot};
use serde_json::{Map, Value, json};

use crate::{
    id_token::{Expected, IdClaims, Named},
    jose::{Algorithm, Found, JwkSet, Jws, Members},
    measure::medians,
    record::Record,
};

const NOW: u64 = 1_800_000_000;
const CALLS: u32 = 20;
const ISSUER: &str = "https://am.example.com/am/oauth2";
const CLIENT_ID: &str = "app";
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";

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
    let storage = Arc::new(Memory::new());
    let slot = Slot::new(storage, Key::tokens(ISSUER, "/", "me", CLIENT_ID, ["openid"]));
    let id_token = repeated(|| drop(verify(&keys, black_box(token))));
    let claims = repeated(|| drop(black_box(verify(&keys, black_box(token)).to_map())));
    let kept = repeated(|| keep(&slot, token, verify(&keys, black_box(token))));
    if let Some([algorithm, way, rounds, ..]) = counted {
        let way: Way<'_> = match way.as_str() {
            "id_token" => &id_token,
            "claims" => &claims,
            "kept" => &kept,
            "bare" => bare,
            _ => bare_read,
        };
        if algorithm == name {
            counted_rounds(way, rounds.parse().unwrap());
        }
        return;
    }
    let ways: [Way<'_>; 5] = [&id_token, &claims, &kept, bare, bare_read];
    let [id_token, claims, kept, bare, bare_read] =
        medians(1, CALLS, Duration::ZERO, ways).map(|it| it / 1000.0);
    println!(
        "{name}: bare signature {bare:.2} µs, with the key read each time {bare_read:.2} µs\n\
         {name}: id_token {id_token:.2} µs, ratio {:.2}, with the key read each time {:.2}\n\
         {name}: id_token and all claims {claims:.2} µs, ratio {:.2}\n\
         {name}: id_token verified, stored and handed out {kept:.2} µs, ratio {:.2}",
        id_token / bare,
        id_token / bare_read,
        claims / bare,
        kept / bare,
    );
}

/// A name for callgrind: what comes before it, as the making of keys, differs from run to run.
#[inline(never)]
fn counted_rounds(way: Way<'_>, rounds: u32) {
    way(rounds);
}

/// All that is done with an id_token once the keys are known.
fn verify(keys: &JwkSet, token: &str) -> IdClaims {
    let mut decoded = Vec::new();
    let read = |payload| Some((Named::read(payload)?, payload));
    let jws = Jws::parse(token, &mut decoded, read).unwrap();
    let algorithm = jws.algorithm(&Algorithm::ASYMMETRIC).unwrap();
    let Found::One(key) = keys.find(jws.kid(), algorithm) else {
        unreachable!("there is one key");
    };
    let (claims, payload) = jws.verify(algorithm, &key).unwrap();
    let expected = Expected {
        issuer: ISSUER,
        client_id: CLIENT_ID,
        trusted_audiences: &[],
        access_token: Some(ACCESS_TOKEN),
        code: None,
        nonce: Some("LZqUmVQ6cYcjpFHKSUwsOvJIO1uHBRf0"),
        max_age: None,
        acr_values: &[],
        now: UNIX_EPOCH + Duration::from_secs(NOW),
        skew: Duration::from_secs(60),
        server_time: None,
        secrets: &[],
        before: None,
    };
    id_token::check(&claims, algorithm, &expected).unwrap();
    IdClaims::of(payload)
}

/// What becomes of tokens whose id_token was verified.
fn keep(slot: &Slot<Record>, id_token: &str, id_claims: IdClaims) {
    let record = Record {
        issuer: ISSUER.to_owned(),
        requested: vec!["openid".to_owned()],
        generation: 1,
        access_token: ACCESS_TOKEN.into(),
        refresh_token: Some(ACCESS_TOKEN.into()),
        id_token: Some(id_token.into()),
        id_claims,
        first_nonce: Some("LZqUmVQ6cYcjpFHKSUwsOvJIO1uHBRf0".into()),
        scopes: vec!["openid".to_owned()],
        obtained_at: NOW,
        lifetime: Some(3600),
        extra: Map::new(),
        untaken: Vec::new(),
    };
    let record = Arc::new(record);
    slot.put(&record, None).now_or_never().unwrap().unwrap();
    drop(black_box(record.access_token(true)));
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
