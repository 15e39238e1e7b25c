//! The OpenID provider: its documents, its `id_tokens`, and how it can be wrong.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use journey_testkit::sim::{Am, IdTokenAlg, Misbehavior, OAuthClient, Profile};
use serde_json::{Value, json};

use crate::support::{
    CALLBACK, OAUTH, authorize, authorize_query, form, get, refresh, sign_in, tokens, user_info,
};

fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&decoded(token.split('.').nth(index).unwrap())).unwrap()
}

async fn id_token(am: &Am) -> String {
    let session = sign_in(am).await;
    tokens(am, &session).await["id_token"].as_str().unwrap_or_default().to_owned()
}

/// The JWK that the token names, if it is there.
async fn key(am: &Am, token: &str) -> Option<Value> {
    let jwks = get(am, &format!("{OAUTH}/connect/jwk_uri"), &[]).await.json();
    let kid = part(token, 0)["kid"].clone();
    jwks["keys"].as_array().unwrap().iter().find(|it| it["kid"] == kid).cloned()
}

async fn verifies(am: &Am, token: &str) -> bool {
    let Some(key) = key(am, token).await else { return false };
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (input, signature) = (input.as_bytes(), decoded(signature));
    let member = |name: &str| decoded(key[name].as_str().unwrap());
    if key["kty"] == "RSA" {
        let public = RsaPublicKeyComponents { n: member("n"), e: member("e") };
        return public.verify(&RSA_PKCS1_2048_8192_SHA256, input, &signature).is_ok();
    }
    let point = [vec![4], member("x"), member("y")].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input, &signature).is_ok()
}

#[tokio::test]
async fn an_id_token_says_what_openid_connect_wants() {
    let am = Am::demo();
    let token = id_token(&am).await;
    assert!(verifies(&am, &token).await);
    let claims = part(&token, 1);
    assert_eq!(claims["iss"], "https://am.example.com/am/oauth2/realms/root/realms/alpha");
    assert_eq!((&claims["aud"], &claims["azp"]), (&json!("sdkClient"), &json!("sdkClient")));
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    assert!(claims["auth_time"].is_u64());
    assert_eq!(claims["sub"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn an_id_token_may_be_signed_on_an_elliptic_curve() {
    let client = OAuthClient::public("sdkClient").redirect_uri(CALLBACK);
    let am = Am::demo_builder().client("alpha", client.id_token_alg(IdTokenAlg::Es256)).build();
    let token = id_token(&am).await;
    assert_eq!(part(&token, 0)["alg"], "ES256");
    assert!(verifies(&am, &token).await);
}

#[tokio::test]
async fn a_refreshed_id_token_has_no_nonce_and_the_same_subject() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let first = tokens(&am, &session).await;
    let second = refresh(&am, first["refresh_token"].as_str().unwrap()).await.json();
    let claims = |body: &Value| part(body["id_token"].as_str().unwrap(), 1);
    assert_eq!(claims(&second).get("nonce"), None);
    assert_eq!(claims(&first)["sub"], claims(&second)["sub"]);
    assert_eq!(claims(&first)["auth_time"], claims(&second)["auth_time"]);
}

#[tokio::test]
async fn discovery_names_the_end_points_of_its_realm() {
    let am = Am::demo();
    let path = format!("{OAUTH}/.well-known/openid-configuration");
    let document = get(&am, &path, &[]).await.json();
    let base = format!("https://am.example.com{OAUTH}");
    assert_eq!(document["issuer"], base);
    assert_eq!(document["token_endpoint"], format!("{base}/access_token"));
    assert_eq!(document["revocation_endpoint"], format!("{base}/token/revoke"));
}

#[tokio::test]
async fn openam_names_no_revocation_and_calls_the_root_realm_by_its_short_name() {
    let am = Am::demo_builder().profile(Profile::OpenAm16).build();
    let path = "/openam/oauth2/realms/root/.well-known/openid-configuration";
    let document = get(&am, path, &[]).await.json();
    assert_eq!(document["issuer"], "https://am.example.com/openam/oauth2");
    assert_eq!(document.get("revocation_endpoint"), None);
}

#[tokio::test]
async fn userinfo_follows_the_scopes() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    let info = user_info(&am, tokens["access_token"].as_str().unwrap()).await.json();
    let claims = part(tokens["id_token"].as_str().unwrap(), 1);
    assert_eq!(
        info,
        json!({
            "sub": claims["sub"], "name": "Demo User", "given_name": "Demo", "family_name": "User",
            "email": "demo@example.com",
        })
    );
    let of_id_token = user_info(&am, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!((of_id_token.status, &of_id_token.json()["error"]), (400, &json!("server_error")));
}

#[tokio::test]
async fn a_provider_can_be_told_to_be_wrong_and_to_behave_again() {
    let am = Am::demo();
    let wrong = async |misbehavior| {
        am.behave();
        am.misbehave(misbehavior);
        id_token(&am).await
    };
    let claims = |token: &str| part(token, 1);
    assert_ne!(claims(&wrong(Misbehavior::IdTokenWrongNonce).await)["nonce"], "n-1");
    assert_ne!(claims(&wrong(Misbehavior::IdTokenWrongAudience).await)["aud"], "sdkClient");
    assert_eq!(claims(&wrong(Misbehavior::IdTokenClaim("sub", None)).await).get("sub"), None);
    assert!(wrong(Misbehavior::IdTokenAlgNone).await.ends_with('.'));
    assert!(!verifies(&am, &wrong(Misbehavior::IdTokenBadSignature).await).await);
    assert_eq!(key(&am, &wrong(Misbehavior::IdTokenUnknownKid).await).await, None);
    assert_eq!(wrong(Misbehavior::IdTokenMissing).await, "");
    am.behave();
    assert!(verifies(&am, &id_token(&am).await).await);
}

#[tokio::test]
async fn rotated_keys_sign_what_comes_next() {
    let am = Am::demo();
    let before = id_token(&am).await;
    am.rotate_keys();
    let after = id_token(&am).await;
    assert!(!verifies(&am, &before).await);
    assert!(verifies(&am, &after).await);
}

#[tokio::test]
async fn a_refresh_may_keep_the_refresh_token() {
    let am = Am::demo();
    am.misbehave(Misbehavior::RefreshWithoutRefreshToken);
    let session = sign_in(&am).await;
    let first = tokens(&am, &session).await;
    let token = first["refresh_token"].as_str().unwrap();
    assert_eq!(refresh(&am, token).await.json().get("refresh_token"), None);
    assert_eq!(refresh(&am, token).await.status, 200);
}

#[tokio::test]
async fn an_unregistered_page_after_end_session_is_refused_and_the_session_gone() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let path = format!(
        "{OAUTH}/connect/endSession?id_token_hint={hint}&\
         post_logout_redirect_uri=https%3A%2F%2Fevil.example.com%2F"
    );
    let answer = get(&am, &path, &[]).await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("redirect_uri_mismatch")));
    assert!(!am.is_alive(&session));
    assert!(am.is_alive(tokens["refresh_token"].as_str().unwrap()));
}

#[tokio::test]
async fn a_redirect_can_be_spoiled() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    am.misbehave(Misbehavior::RedirectWrongState);
    am.misbehave(Misbehavior::RedirectWrongIssuer);
    let answer = authorize(&am, &session, &authorize_query()).await;
    assert_ne!(answer.location("state").as_deref(), Some("s-1"));
    assert_eq!(answer.location("iss").as_deref(), Some("https://evil.example.com/oauth2"));
}

#[tokio::test]
async fn an_access_token_of_another_realm_opens_nothing() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let path = "/am/oauth2/realms/root/userinfo";
    assert_eq!(get(&am, path, &[("authorization", &bearer)]).await.status, 401);
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("client_id", "sdkClient"),
    ];
    let refused = form(&am, "/am/oauth2/realms/root/access_token", &[], &fields).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn the_server_knows_every_secret_of_a_login() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    tokens(&am, &session).await;
    let names: Vec<String> = am.secrets().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "authId",
            "answer",
            "session",
            "code",
            "code_verifier",
            "access token",
            "refresh token",
            "id_token",
        ]
    );
}
