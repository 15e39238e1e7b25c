//! A URI that should bring a journey back.

use http::Response;
use journey_core::{Outcome, Realm, Resume, Server, SplitUri, Start};

/// Reads the bytes as such a URI.
pub(crate) fn check(data: &[u8]) {
    let Ok(uri) = std::str::from_utf8(data) else { return };
    let allowed = ["https://app.example.com", "com.example.app:/callback"];
    if let (Some(parts), Ok(_)) = (SplitUri::parse(uri), Resume::from_uri(uri, allowed)) {
        let host = parts.host().unwrap_or_default();
        let ours = host.eq_ignore_ascii_case("app.example.com") && !parts.has_userinfo();
        assert!(ours || uri.starts_with("com.example.app:/callback"), "{uri}");
    }
    // The URI allows itself if it is a custom one, so that the rest is reached too.
    let Ok(resume) = Resume::from_uri(uri, [uri]) else { return };
    let Ok(server) = Server::new("https://am.example.com/am") else { return };
    let start = Start::new(server, Realm::root());
    let page = r#"{"authId":"x","callbacks":[]}"#;
    let Ok(Outcome::Continue(step)) = start.read(&Response::new(page.as_bytes())) else { return };
    let request = match resume.needs_step() {
        true => start.resume_step(&step, &resume),
        false => start.resume(&resume),
    };
    if let Ok(request) = request {
        assert_eq!(request.uri().host(), Some("am.example.com"));
        assert_eq!(request.uri().path(), "/am/json/realms/root/authenticate");
    }
}
