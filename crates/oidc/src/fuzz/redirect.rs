//! The answer to the authorization request: a code is one that was sent to us, because of our request.

use http::{Response, StatusCode, header};
use journey_core::{Realm, Server};
use secrecy::ExposeSecret;
use url::Url;

use crate::{
    OidcClient,
    authorize::{Answer, AuthorizationRequest},
    client_auth::ClientAuth,
    discovery::Metadata,
    failure,
    fuzz::{first_line, fit_for_logs},
    pkce::Pkce,
};

const STATE: &str = "the-state-that-was-sent";
const NONCE: &str = "the-nonce-that-was-sent";
const SESSION: &str = "the-session-that-was-sent";
const REDIRECT: &str = "https://app.example.com:8443/callback?tenant=7";

/// Longer than what stands in place of a secret.
const RECOGNIZABLE: usize = 32;

/// Reads a line with the status, and behind it `Location`, which is the body as well.
pub fn redirect(data: &[u8]) {
    let Some((status, rest)) = first_line(data) else { return };
    let Ok(status) = status.parse::<StatusCode>() else { return };
    let response = Response::builder().status(status).header(header::LOCATION, rest).body(rest);
    let Ok(response) = response else { return without_location(status, rest) };
    read(&response);
}

fn without_location(status: StatusCode, body: &[u8]) {
    if let Ok(response) = Response::builder().status(status).body(body) {
        read(&response);
    }
}

fn read(response: &Response<&[u8]>) {
    let pkce = Pkce { verifier: "verifier".into(), challenge: "challenge".to_owned() };
    let request = AuthorizationRequest { state: STATE.into(), nonce: NONCE.into(), pkce };
    let Ok(config) = OidcClient::builder("app").redirect_uri(REDIRECT).into_config() else {
        return;
    };
    for names_issuer in [false, true] {
        let Some(metadata) = metadata(names_issuer) else { return };
        let answer = Answer::read(response, &request, &SESSION.into(), &config, &metadata);
        match &answer {
            Ok(Answer::Code(code)) => {
                let location = response.headers().get(header::LOCATION);
                let location = location.and_then(|it| it.to_str().ok()).unwrap_or_default();
                ours(location, code.expose_secret(), names_issuer.then_some(&metadata.issuer));
                let (code, shown) = (code.expose_secret(), format!("{answer:?}"));
                assert!(code.len() < RECOGNIZABLE || !shown.contains(code), "{shown}");
            }
            Ok(Answer::Error(error)) => {
                let error = failure::refused("authorize", error.clone());
                fit_for_logs(&error, &[STATE, NONCE, SESSION]);
            }
            Ok(_) => {}
            Err(error) => fit_for_logs(error, &[STATE, NONCE, SESSION]),
        }
    }
}

/// Asks another reader of URLs, which is the one that browsers have.
fn ours(location: &str, code: &str, issuer: Option<&String>) {
    let Ok(url) = Url::parse(location) else { unreachable!("{location} is no URL") };
    assert_eq!(url.origin().ascii_serialization(), "https://app.example.com:8443", "{location}");
    assert_eq!((url.path(), url.username(), url.password()), ("/callback", "", None), "{location}");
    let all = |name: &str| -> Vec<String> {
        let pairs = url.query_pairs().filter(|(it, _)| it == name);
        pairs.map(|(_, value)| value.into_owned()).collect()
    };
    assert_eq!((all("code"), all("state")), (vec![code.to_owned()], vec![STATE.to_owned()]));
    assert!(!code.is_empty() && all("error").is_empty(), "{location}");
    assert!(issuer.is_none_or(|it| all("iss") == [it.as_str()]), "{location}");
}

fn metadata(names_issuer: bool) -> Option<Metadata> {
    let document = serde_json::json!({
        "issuer": "https://am.example.com/am/oauth2",
        "authorization_endpoint": "https://am.example.com/am/oauth2/authorize",
        "token_endpoint": "https://am.example.com/am/oauth2/access_token",
        "authorization_response_iss_parameter_supported": names_issuer,
    });
    let server = Server::new("https://am.example.com/am").ok()?;
    let (document, realm) = (document.to_string(), Realm::root());
    Metadata::read(document.as_bytes(), None, &ClientAuth::None, &server, &realm).ok()
}
