//! Assertions of clients: what is wrong with one is refused, whatever the rest is.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use journey_testkit::sim::{Am, OAuthClient};
use serde_json::{Value, json};

use crate::support::{OAUTH, ORIGIN, send};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct World {
    am: Am,
    key: EcdsaKeyPair,
}

impl World {
    fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = key.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|it| URL_SAFE_NO_PAD.encode(it));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        let am = Am::builder().client("alpha", OAuthClient::private_key_jwt("app", [jwk])).build();
        Self { am, key }
    }

    fn claims() -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let aud = format!("{ORIGIN}{OAUTH}/access_token");
        json!({ "iss": "app", "sub": "app", "aud": aud, "exp": now + 60, "jti": "1" })
    }

    fn signed(&self, algorithm: &str, claims: &Value) -> String {
        let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
        let input = format!("{}.{}", part(&json!({ "alg": algorithm })), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    async fn ask(&self, kind: &str, assertion: &str) -> (u16, Value) {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_assertion_type", kind)
            .append_pair("client_assertion", assertion)
            .finish();
        let request = Request::post(format!("{ORIGIN}{OAUTH}/access_token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .unwrap();
        let answer = send(&self.am, request).await;
        (answer.status, answer.json()["error"].clone())
    }

    async fn refuses(&self, change: impl FnOnce(&mut Value)) {
        let mut claims = Self::claims();
        change(&mut claims);
        let answer = self.ask(TYPE, &self.signed("ES256", &claims)).await;
        assert_eq!(answer, (400, json!("invalid_client")), "{claims}");
    }
}

#[tokio::test]
async fn a_good_assertion_is_taken_once() {
    let world = World::new();
    let assertion = world.signed("ES256", &World::claims());
    assert_eq!(world.ask(TYPE, &assertion).await.0, 200);
    assert_eq!(world.ask(TYPE, &assertion).await, (400, json!("invalid_client")));
}

#[tokio::test]
async fn an_assertion_with_any_claim_wrong_is_refused() {
    let world = World::new();
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        world.refuses(|it| drop(it.as_object_mut().unwrap().remove(name))).await;
    }
    world.refuses(|it| it["sub"] = "another".into()).await;
    world.refuses(|it| it["iss"] = "another".into()).await;
    world.refuses(|it| it["aud"] = "https://evil.example.com/access_token".into()).await;
    world.refuses(|it| it["exp"] = json!(1)).await;
    world.refuses(|it| it["nbf"] = json!(u32::MAX)).await;
}

#[tokio::test]
async fn an_assertion_of_another_type_algorithm_or_signature_is_refused() {
    let world = World::new();
    let refused = (400, json!("invalid_client"));
    let good = world.signed("ES256", &World::claims());
    assert_eq!(world.ask("urn:another", &good).await, refused);
    assert_eq!(world.ask(TYPE, &world.signed("none", &World::claims())).await, refused);
    let unsigned = good.rsplit_once('.').unwrap().0;
    assert_eq!(world.ask(TYPE, &format!("{unsigned}.")).await, refused);
    assert_eq!(world.ask(TYPE, &World::new().signed("ES256", &World::claims())).await, refused);
    assert_eq!(world.ask(TYPE, &good).await.0, 200, "none of that has spent it");
}
