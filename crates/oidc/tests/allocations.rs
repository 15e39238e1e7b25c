//! A token at hand costs no allocation, however often it is asked for.

#[path = "../../testkit/tests/shared/allocations.rs"]
mod allocations;

use std::{hint::black_box, sync::Arc};

use journey_core::{AccountWriter, Clock, Server, Session, TokenProvider};
use journey_oidc::OidcClient;
use journey_storage::Memory;
use journey_transport::{Body, HttpClient};
use serde_json::json;
use tower::service_fn;

#[tokio::test]
async fn a_token_at_hand_is_handed_out_without_an_allocation() {
    // A server that has an answer for everything; no id_token is asked for.
    let service = service_fn(|request: http::Request<Body>| async move {
        let query = request.uri().query().unwrap_or_default();
        let state = query.split('&').find(|it| it.starts_with("state=")).unwrap_or_default();
        let base = "https://am.example.com/am/oauth2";
        let body = json!({
            "cookieName": "session", "issuer": base, "access_token": "token", "expires_in": 3600,
            "authorization_endpoint": format!("{base}/authorize"), "token_type": "Bearer",
            "token_endpoint": format!("{base}/access_token"),
        });
        let answer = match request.uri().path().ends_with("/authorize") {
            true => http::Response::builder()
                .status(302)
                .header("location", format!("https://app.example.com/callback?code=c&{state}")),
            false => http::Response::builder(),
        };
        Ok::<_, journey_transport::Error>(answer.body(body.to_string()).unwrap())
    });
    let http = HttpClient::builder().build_with(service).unwrap();
    let client = OidcClient::builder("app")
        .redirect_uri("https://app.example.com/callback")
        .scopes(["profile"])
        .build(http, Arc::new(Memory::new()), Clock::system())
        .unwrap();
    let server = Server::new("https://am.example.com/am").unwrap();
    let writer = AccountWriter::new(server, journey_core::Realm::root(), "default");
    let session = Session::new("session", None, journey_core::Realm::root());
    writer.set_session(Some(session));
    client.token(writer.account()).await.unwrap();
    let before = allocations::so_far();
    for _ in 0..1000 {
        assert!(black_box(client.cached(writer.account())).is_some());
    }
    assert_eq!(allocations::so_far() - before, 0);
}
