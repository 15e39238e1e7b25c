//! A discovery document: what is taken from it leads secrets nowhere but to its server, and by TLS.

use http::Uri;
use journey_core::{Realm, Server};

use crate::{
    client_auth::ClientAuth, discovery::Metadata, endpoints::Endpoints, fuzz::fit_for_logs,
};

const HOST: &str = "am.example.com";
const ISSUER: &str = "https://login.example.com/oauth2";

/// Reads the bytes as the document of a realm.
pub fn discovery(data: &[u8]) {
    let Ok(server) = Server::new(&format!("https://{HOST}/am")) else { return };
    let Ok(alpha) = "alpha".parse::<Realm>() else { return };
    for realm in [&Realm::root(), &alpha] {
        for auth in [ClientAuth::None, ClientAuth::Certificate] {
            for configured in [None, Some(ISSUER)] {
                match Metadata::read(data, configured, &auth, &server, realm) {
                    Ok(metadata) => look(&metadata, configured),
                    Err(error) => fit_for_logs(&error, &[]),
                }
            }
        }
    }
}

fn look(metadata: &Metadata, configured: Option<&str>) {
    let issuer = metadata.issuer.as_str();
    match configured {
        Some(configured) => assert_eq!(issuer, configured),
        None => at_server(issuer),
    }
    let Endpoints { authorization, token, jwks, user_info, revocation, end_session } =
        &metadata.endpoints;
    at_server(authorization);
    let optional = [jwks, user_info, revocation, end_session].into_iter().flatten();
    for url in [authorization, token].into_iter().chain(optional) {
        // What is no URI to the HTTP client is not asked at all.
        let Ok(uri) = url.parse::<Uri>() else { continue };
        assert_eq!(uri.scheme_str(), Some("https"), "{url}");
        assert!(uri.host().is_some_and(|it| !it.is_empty()), "{url}");
        assert!(uri.authority().is_some_and(|it| !it.as_str().contains('@')), "{url}");
    }
}

/// Asks another reader of URIs, which is the one that requests are sent by.
fn at_server(url: &str) {
    let Ok(uri) = url.parse::<Uri>() else { return };
    assert_eq!(uri.host().map(str::to_ascii_lowercase).as_deref(), Some(HOST), "{url}");
    assert_eq!(uri.port_u16().unwrap_or(443), 443, "{url}");
}
