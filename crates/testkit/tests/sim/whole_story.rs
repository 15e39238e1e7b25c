//! The first example, as raw requests: login, tokens, refresh, revoke, log-out.

use journey_testkit::sim::Am;
use serde_json::json;

use crate::support::{
    ALPHA, OAUTH, VERIFIER, authorize, authorize_query, cookie, exchange, form, get, post, read,
    refresh, sign_in, tokens, user_info,
};

#[tokio::test]
async fn a_user_signs_in_gets_tokens_and_signs_out() {
    let am = Am::demo();

    let session = sign_in(&am).await;
    let tokens = tokens(&am, &session).await;
    let access = tokens["access_token"].as_str().unwrap();
    let info = user_info(&am, access).await.json();
    assert_eq!(info["name"], "Demo User");
    assert_eq!(info["email"], "demo@example.com");

    let renewed = refresh(&am, tokens["refresh_token"].as_str().unwrap()).await.json();
    let token = renewed["refresh_token"].as_str().unwrap();
    let fields = [("token", token), ("client_id", "sdkClient")];
    let revoked = form(&am, &format!("{OAUTH}/token/revoke"), &[], &fields).await;
    assert_eq!((revoked.status, revoked.json()), (200, json!({})));
    assert!(am.live_refresh_tokens().is_empty());
    assert!(am.live_access_tokens().is_empty());

    let hint = tokens["id_token"].as_str().unwrap();
    let end = format!("{OAUTH}/connect/endSession?id_token_hint={hint}");
    assert_eq!(get(&am, &end, &[]).await.status, 204);
    assert!(am.live_sessions().is_empty());

    let headers = [("accept-api-version", "resource=4.0"), ("cookie", &*cookie(&session))];
    let out = post(&am, &format!("{ALPHA}/sessions?_action=logout"), &headers, &json!({})).await;
    assert_eq!(out.json()["message"], "Access Denied");
    am.assert_every_request_named_its_version();
}

#[tokio::test]
async fn it_runs_on_loopback_too() {
    let serving = Am::demo().serve().await.unwrap();
    assert!(serving.url().ends_with("/am"));
    let stream = tokio::net::TcpStream::connect(serving.address()).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("/am/oauth2/.well-known/openid-configuration")
        .header("host", serving.address().to_string())
        .body(String::new())
        .unwrap();
    let document = read(sender.send_request(request).await.unwrap()).await.json();
    assert_eq!(document["issuer"], format!("{}/oauth2/realms/root", serving.url()));
}

#[tokio::test]
async fn a_code_is_good_for_one_exchange() {
    let am = Am::demo();
    let session = sign_in(&am).await;
    let code = authorize(&am, &session, &authorize_query()).await.location("code").unwrap();
    let first = exchange(&am, &code, VERIFIER).await.json();
    assert_eq!(exchange(&am, &code, VERIFIER).await.json()["error"], "invalid_grant");
    assert!(!am.is_alive(first["access_token"].as_str().unwrap()));
    assert!(!am.is_alive(first["refresh_token"].as_str().unwrap()));
}
