//! What openidconnect says of the same bytes.

use std::{
    cell::Cell,
    convert::Infallible,
    panic::{self, AssertUnwindSafe},
    str::FromStr,
    time::{Duration, UNIX_EPOCH},
};

use http::{Response, header};
use openidconnect::{
    AccessToken, AccessTokenHash, ClientId, ClientSecret, HttpRequest, IssuerUrl, JsonWebKeySet,
    Nonce,
    core::{
        CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};

use crate::{
    ALGORITHMS, Algorithm, CLIENT_ID, CLIENT_SECRET, Client, ISSUER, NOW, keys, provider::Sent,
};

/// Verifies an id_token with the algorithms, the clock and the nonce that ours had.
pub(crate) fn token_verdict(sent: &Sent, client: Client, keys: &str) -> Result<(), String> {
    let keys = serde_json::from_str::<JsonWebKeySet<CoreJsonWebKey>>(keys);
    let keys = keys.map_err(|it| it.to_string())?;
    let issuer = IssuerUrl::new(ISSUER.to_owned()).map_err(|it| it.to_string())?;
    let id = ClientId::new(CLIENT_ID.to_owned());
    let verifier = match client {
        Client::Public => CoreIdTokenVerifier::new_public_client(id, issuer, keys),
        Client::Confidential => {
            let secret = ClientSecret::new(CLIENT_SECRET.to_owned());
            CoreIdTokenVerifier::new_confidential_client(id, secret, issuer, keys)
        }
    };
    let secret = (client == Client::Confidential).then_some("HS256");
    let verifier = verifier
        .set_allowed_algs(ALGORITHMS.into_iter().chain(secret).filter_map(algorithm))
        .set_time_fn(|| (UNIX_EPOCH + Duration::from_secs(NOW)).into());
    let token = CoreIdToken::from_str(&sent.id_token);
    let token = token.map_err(|it| it.to_string())?;
    let nonce = Nonce::new(sent.nonce.clone());
    // It panics at an HMAC of the wrong length; a program that fell over has not accepted either.
    let claims = || token.claims(&verifier, &nonce).map(drop).map_err(|it| it.to_string());
    panic::catch_unwind(AssertUnwindSafe(claims)).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Reads a discovery document that is asked for at `issuer`.
pub(crate) fn document_verdict(document: &str, issuer: &str, keys: &str) -> Result<(), String> {
    let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|it| it.to_string())?;
    let first = Cell::new(true);
    let http = |_: HttpRequest| {
        let body = if first.replace(false) { document } else { keys };
        let answer = Response::builder().header(header::CONTENT_TYPE, "application/json");
        let answer = answer.body(body.as_bytes().to_vec()).expect("the header is fit");
        Ok::<_, Infallible>(answer)
    };
    CoreProviderMetadata::discover(&issuer, &http).map(drop).map_err(|it| it.to_string())
}

/// Returns `at_hash` as openidconnect computes it; ES512, which it does not know, hashes as RS512 does.
pub fn access_token_hash(algorithm: Algorithm, token: &str) -> String {
    let algorithm = if algorithm == "ES512" { "RS512" } else { algorithm };
    hash(algorithm, token).unwrap_or_default()
}

fn hash(name: Algorithm, token: &str) -> Option<String> {
    let key: CoreJsonWebKey = serde_json::from_value(keys::jwk(name, 0)).ok()?;
    let token = AccessToken::new(token.to_owned());
    let hash = AccessTokenHash::from_token(&token, &algorithm(name)?, &key).ok()?;
    Some(hash.to_string())
}

fn algorithm(name: Algorithm) -> Option<CoreJwsSigningAlgorithm> {
    serde_json::from_value(name.into()).ok()
}
