//! An id_token before it is signed, with the keys that are published beside it.

use serde_json::{Map, Value, json};

use crate::{
    ACCESS_TOKEN, CLIENT_ID, ISSUER, NOW,
    edits::Edits,
    keys::{self, Algorithm},
};

/// Stands in the claims for the nonce, which only the client knows.
pub(crate) const NONCE: &str = "{nonce}";

/// Whether the client has a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// None, so no HS256.
    Public,
    /// One, and id_tokens signed with it are welcome.
    Confidential,
}

/// Everything about an id_token that a provider could do another way.
#[derive(Debug, Clone)]
pub struct Token {
    /// Who asks for it.
    pub client: Client,
    /// The header's members.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// What signs: an algorithm and the number of its key.
    pub signer: (Algorithm, usize),
    /// The key set's members.
    pub keys: Vec<Value>,
    /// Changes to the header's text before it is signed.
    pub header_text: Edits,
    /// Changes to the claims' text before it is signed.
    pub claims_text: Edits,
    /// Changes to the whole token after it was signed.
    pub wire: Edits,
    /// Changes to the key set's text.
    pub keys_text: Edits,
}

impl Token {
    /// A token that is right in every way, as AM would issue it.
    pub fn good(algorithm: Algorithm) -> Self {
        let key = keys::jwk(algorithm, 0);
        let header = json!({"typ": "JWT", "kid": key["kid"], "alg": algorithm});
        let claims = json!({
            "iss": ISSUER, "aud": CLIENT_ID, "azp": CLIENT_ID, "sub": "bjensen", "nonce": NONCE,
            "iat": NOW - 1, "exp": NOW + 3600, "auth:time": NOW - 5, "tokenName": "id_token",
            "at_hash": crate::access_token_hash(algorithm, ACCESS_TOKEN),
        });
        let object = |it: Value| it.as_object().cloned().unwrap_or_default();
        Self {
            client: Client::Public,
            header: object(header),
            claims: object(claims),
            signer: (algorithm, 0),
            keys: vec![key],
            header_text: Edits::default(),
            claims_text: Edits::default(),
            wire: Edits::default(),
            keys_text: Edits::default(),
        }
    }

    /// Signs it for the client that sent this nonce.
    pub(crate) fn issue(&self, nonce: &str) -> String {
        let header = self.header_text.apply(Value::from(self.header.clone()).to_string());
        let claims = self.claims_text.apply(Value::from(self.claims.clone()).to_string());
        let claims = claims.replace(NONCE, nonce);
        let input = format!("{}.{}", keys::text(header), keys::text(claims));
        let (algorithm, number) = self.signer;
        let signature = keys::text(keys::sign(algorithm, number, input.as_bytes()));
        self.wire.apply(format!("{input}.{signature}"))
    }

    /// Writes the key set.
    pub(crate) fn key_set(&self) -> String {
        self.keys_text.apply(json!({ "keys": self.keys }).to_string())
    }
}
