//! A simulated AM, and clients of it.

use std::{sync::Arc, time::Duration};

use http::Request;
use http_body_util::BodyExt;
use journey_core::{AccountWriter, Clock, Realm, Server, Session};
use journey_oidc::{OidcClient, OidcClientBuilder};
use journey_storage::Storage;
use journey_testkit::sim::Am;
use journey_transport::HttpClient;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const SERVER: &str = "https://am.example.com/am";

pub(crate) fn settings() -> OidcClientBuilder {
    // Nobody asks the store again while it is measured.
    OidcClient::builder("sdkClient")
        .redirect_uri("http://localhost:8080/callback")
        .recheck(Duration::from_secs(3600))
}

pub(crate) fn client(
    am: &Am,
    settings: OidcClientBuilder,
    storage: Arc<dyn Storage>,
    clock: Clock,
) -> OidcClient {
    let http = HttpClient::builder().build_with(am.service()).unwrap();
    settings.build(http, storage, clock).unwrap()
}

/// An account of the demo server, without a session.
pub(crate) fn account(server: &Server, name: &str) -> AccountWriter {
    AccountWriter::new(server.clone(), "alpha".parse().unwrap(), name)
}

pub(crate) async fn sign_in(am: &Am, realm: &Realm) -> Session {
    let url = format!("{SERVER}/json/realms/{}/authenticate", realm.path());
    let mut step = json!({});
    loop {
        let request = Request::post(&url)
            .header("content-type", "application/json")
            .header("accept-api-version", "resource=2.1, protocol=1.0")
            .body(step.to_string())
            .unwrap();
        let body =
            am.service().oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        step = serde_json::from_slice(&body.to_bytes()).unwrap();
        if let Some(token) = step.get("tokenId").and_then(Value::as_str) {
            return Session::new(token, None, realm.clone());
        }
        for callback in step["callbacks"].as_array_mut().unwrap() {
            let answer = match callback["type"].as_str() {
                Some("NameCallback") => "demo",
                Some("PasswordCallback") => "Ch4ng31t",
                _ => continue,
            };
            callback["input"][0]["value"] = answer.into();
        }
    }
}
