//! What AM answers, told apart.

use http::{StatusCode, header};
use journey_core::{OAuthError, SplitUri};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded;

use crate::{
    authorize::AuthorizationRequest,
    config::Config,
    discovery::Metadata,
    error::{Error, ErrorKind},
    jose, text,
};

/// The kinds of answers to an authorization request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The code, from a redirect whose state and issuer are right.
    Code(SecretString),
    /// An OAuth error, from such a redirect or as JSON.
    Error(OAuthError),
    /// A login page: the session is gone or not strong enough for this client.
    Login,
    /// A page that asks the user for consent.
    Consent,
    /// A page that says the request itself is wrong; AM shows one for an unknown client or redirect.
    Page(StatusCode),
    /// The server can't answer now, or something before it answered.
    Unavailable(StatusCode),
}

impl Answer {
    /// Reads an answer; nothing in it is followed. `session` is the one it was asked with, which no error
    /// may quote.
    pub(crate) fn read(
        response: &http::Response<impl AsRef<[u8]>>,
        request: &AuthorizationRequest,
        session: &SecretString,
        config: &Config,
        metadata: &Metadata,
    ) -> Result<Self, Error> {
        let sent = [session, &request.state, &request.nonce];
        let status = response.status();
        let location = response.headers().get(header::LOCATION).and_then(|it| it.to_str().ok());
        match (status.as_u16(), location) {
            (300..=399, Some(location)) => redirect(location, request, &sent, config, metadata),
            (200, _) if asks_for_consent(response.body().as_ref()) => Ok(Self::Consent),
            (200 | 429 | 500..=599, _) => Ok(Self::Unavailable(status)),
            (400..=499, _) => Ok(match oauth_error(response.body().as_ref(), status, &sent) {
                Some(error) if !matches!(status.as_u16(), 401 | 404) || is_of_oauth(&error) => {
                    Self::Error(error)
                }
                _ if status == StatusCode::UNAUTHORIZED => Self::Login,
                // A server that is being started, or the gateway before it.
                _ if status == StatusCode::NOT_FOUND => Self::Unavailable(status),
                _ => Self::Page(status),
            }),
            _ => Err(Error::new(
                ErrorKind::Authorization,
                format!("the server answered the authorization request with {}", status.as_u16()),
            )),
        }
    }
}

/// Whatever AM's page looks like, it holds the value that the answer to it has to bring back. A page without
/// one comes from something else, and nobody must be asked because of it.
fn asks_for_consent(body: &[u8]) -> bool {
    body.windows(4).any(|it| it == b"csrf")
}

/// A 401 is about the session and a 404 about nothing at all unless OAuth's words say otherwise. Others have
/// an `error` too, such as Spring's `Unauthorized` and `Not Found`.
fn is_of_oauth(error: &OAuthError) -> bool {
    const WORDS: [&str; 12] = [
        "invalid_client",
        "unauthorized_client",
        "invalid_request",
        "invalid_scope",
        "access_denied",
        "unsupported_response_type",
        "redirect_uri_mismatch",
        "server_error",
        "temporarily_unavailable",
        "login_required",
        "interaction_required",
        "consent_required",
    ];
    WORDS.contains(&error.error())
}

fn redirect(
    location: &str,
    request: &AuthorizationRequest,
    sent: &[&SecretString],
    config: &Config,
    metadata: &Metadata,
) -> Result<Answer, Error> {
    let Some(target) = SplitUri::parse(location) else {
        // A relative one stays on the server, so it can't be the redirect URI.
        return Ok(Answer::Login);
    };
    let expected = SplitUri::parse(&config.redirect_uri).filter(|it| same_place(it, &target));
    let Some(expected) = expected else {
        return match leads_to_login(&target, metadata) {
            true => Ok(Answer::Login),
            false => Err(Error::new(
                ErrorKind::Authorization,
                "the server redirected to another place than the redirect URI",
            )),
        };
    };
    let answer = Parameters::read(target.query().unwrap_or_default(), expected.query())?;

    let state = answer.get("state").unwrap_or_default();
    if !text::same_secret(state, request.state.expose_secret()) {
        return Err(Error::new(
            ErrorKind::State,
            "the answer's state is not the one that was sent",
        ));
    }
    match answer.get("iss") {
        Some(issuer) if issuer == metadata.issuer => {}
        None if !metadata.names_issuer_in_answer => {}
        _ => {
            return Err(Error::new(
                ErrorKind::AuthorizationIssuer,
                "the answer comes from another issuer, or names none although it must",
            ));
        }
    }
    // AM redirects to the redirect URI even when it refuses, so look for `error` before `code`.
    if let Some(error) = answer.get("error") {
        let error = OAuthError::new(text::word(Some(error), sent));
        let description = answer.get("error_description");
        return Ok(Answer::Error(match description.and_then(|it| text::cut_without(it, sent)) {
            Some(description) => error.description(description),
            None => error,
        }));
    }
    match answer.get("code").filter(|it| !it.is_empty()) {
        Some(code) => Ok(Answer::Code(code.into())),
        None => Err(Error::new(
            ErrorKind::Authorization,
            "the answer holds neither a code nor an error",
        )),
    }
}

/// RFC 9700 section 2.1: the answer must come to the redirect URI itself.
fn same_place(expected: &SplitUri<'_>, target: &SplitUri<'_>) -> bool {
    let web = ["http", "https"].iter().any(|it| expected.scheme().eq_ignore_ascii_case(it));
    if web {
        let path = |it: &str| if it.is_empty() { "/".to_owned() } else { it.to_owned() };
        return expected.same_origin(target) && path(expected.path()) == path(target.path());
    }
    expected.scheme().eq_ignore_ascii_case(target.scheme())
        && expected.host() == target.host()
        && expected.path() == target.path()
        && !target.has_userinfo()
}

/// AM sends a browser without a good session to a login page, of its own or of another host, and
/// tells that page in `goto` where to come back to.
fn leads_to_login(target: &SplitUri<'_>, metadata: &Metadata) -> bool {
    let authorize = SplitUri::parse(&metadata.endpoints.authorization);
    let Some(authorize) = authorize else { return false };
    if target.same_origin(&authorize) {
        return true;
    }
    let mut query = form_urlencoded::parse(target.query().unwrap_or_default().as_bytes());
    query.any(|(name, value)| {
        name == "goto" && SplitUri::parse(&value).is_some_and(|it| it.same_origin(&authorize))
    })
}

struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// A parameter that stands twice could mean two things, so that answer is none.
    fn read(query: &str, of_redirect_uri: Option<&str>) -> Result<Self, Error> {
        let own: Vec<_> =
            form_urlencoded::parse(of_redirect_uri.unwrap_or_default().as_bytes()).collect();
        let mut seen: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if own.contains(&(name.clone(), value.clone())) {
                continue;
            }
            if seen.iter().any(|(it, _)| *it == name) {
                return Err(Error::new(
                    ErrorKind::Authorization,
                    "the answer holds a parameter twice",
                ));
            }
            seen.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(seen))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// Reads an OAuth error from a JSON body.
fn oauth_error(body: &[u8], status: StatusCode, sent: &[&SecretString]) -> Option<OAuthError> {
    let body = jose::object(body)?;
    let error = body.get("error").and_then(Value::as_str)?;
    let error = OAuthError::new(text::word(Some(error), sent)).status(status.as_u16());
    let description = body.get("error_description").and_then(Value::as_str);
    Some(match description.and_then(|it| text::cut_without(it, sent)) {
        Some(description) => error.description(description),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use http::Response;
    use journey_core::{Realm, Server};
    use serde_json::json;

    use super::*;
    use crate::{OidcClient, discovery::Metadata};

    const ISSUER: &str = "https://am.example.com/am/oauth2";
    const REDIRECT: &str = "https://app.example.com:8443/callback?tenant=7";
    const SESSION: &str = "AQIC5wM2LY4Sfcw";

    struct Asked {
        request: AuthorizationRequest,
        config: Config,
        metadata: Metadata,
    }

    impl Asked {
        fn new(names_issuer_in_answer: Option<&str>) -> Self {
            let mut document = json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/access_token"),
            });
            if let Some(name) = names_issuer_in_answer {
                document[name] = true.into();
            }
            let server = Server::new("https://am.example.com/am").unwrap();
            let document = document.to_string();
            let config = OidcClient::builder("app").redirect_uri(REDIRECT).into_config().unwrap();
            let (document, realm) = (document.as_bytes(), Realm::root());
            let metadata = Metadata::read(document, None, &config.auth, &server, &realm).unwrap();
            Self { request: AuthorizationRequest::new().unwrap(), config, metadata }
        }

        fn state(&self) -> &str {
            self.request.state.expose_secret()
        }

        fn read(&self, status: u16, location: Option<&str>, body: &str) -> Result<Answer, Error> {
            let mut response = Response::builder().status(status);
            if let Some(location) = location {
                response = response.header(header::LOCATION, location);
            }
            let response = response.body(body.to_owned()).unwrap();
            Answer::read(&response, &self.request, &SESSION.into(), &self.config, &self.metadata)
        }

        fn redirected(&self, location: &str) -> Result<Answer, Error> {
            self.read(302, Some(location), "")
        }

        fn fault(&self, location: &str) -> ErrorKind {
            match self.redirected(location) {
                Err(error) => error.kind(),
                Ok(answer) => unreachable!("{location}: {answer:?}"),
            }
        }
    }

    fn asked() -> Asked {
        Asked::new(None)
    }

    fn asked_by_an_app(redirect_uri: &str) -> Asked {
        let config = OidcClient::builder("app").redirect_uri(redirect_uri).into_config().unwrap();
        Asked { config, ..asked() }
    }

    #[test]
    fn a_code_comes_by_a_redirect_to_the_redirect_uri() {
        let asked = asked();
        let state = asked.state();
        for place in [REDIRECT, "HTTPS://APP.example.com:8443/callback?tenant=7"] {
            let location = format!("{place}&code=c&state={state}#_=_");
            match asked.redirected(&location) {
                Ok(Answer::Code(code)) => assert_eq!(code.expose_secret(), "c"),
                other => unreachable!("{location}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_code_that_comes_to_any_other_place_is_not_read() {
        let asked = asked();
        let state = asked.state();
        for place in [
            "http://app.example.com:8443/callback",
            "https://app.example.com/callback",
            "https://app.example.com:8444/callback",
            "https://app.example.com.evil.org:8443/callback",
            "https://user@app.example.com:8443/callback",
            "https://app.example.com:8443/callback/",
            "https://app.example.com:8443/",
            "com.example.app:/callback",
        ] {
            let kind = asked.fault(&format!("{place}?code=c&state={state}"));
            assert_eq!(kind, ErrorKind::Authorization, "{place}");
        }
    }

    #[test]
    fn a_code_that_comes_to_another_place_of_the_apps_own_scheme_is_not_read() {
        let asked = asked_by_an_app("com.example.app:/callback");
        let answer = |place: &str| format!("{place}?code=c&state={}", asked.state());
        for place in ["com.example.app:/callback", "COM.example.APP:/callback"] {
            let read = asked.redirected(&answer(place));
            assert!(matches!(read, Ok(Answer::Code(_))), "{place}: {read:?}");
        }
        for place in [
            "com.example.app:/other",
            "com.example.app:/callback/",
            "com.example.app:/Callback",
            "com.example.app:callback",
            "com.example.app://host/callback",
            "com.example.app2:/callback",
        ] {
            assert_eq!(asked.fault(&answer(place)), ErrorKind::Authorization, "{place}");
        }
        let asked = asked_by_an_app("com.example.app://host/callback");
        for place in ["com.example.app://other/callback", "com.example.app://user@host/callback"] {
            let location = format!("{place}?code=c&state={}", asked.state());
            assert_eq!(asked.fault(&location), ErrorKind::Authorization, "{place}");
        }
    }

    #[test]
    fn a_state_that_is_missing_empty_another_or_of_the_request_before_is_refused() {
        let (before, asked) = (asked(), asked());
        let before = format!("&state={}", before.state());
        for state in ["", "&state", "&state=", "&state=x", &before] {
            for what in ["code=c", "error=access_denied"] {
                let kind = asked.fault(&format!("{REDIRECT}&{what}{state}"));
                assert_eq!(kind, ErrorKind::State, "{what}{state}");
            }
        }
    }

    #[test]
    fn the_issuer_in_an_answer_is_that_of_the_document_byte_for_byte() {
        let announced = "authorization_response_iss_parameter_supported";
        for (asked, demanded) in [(asked(), false), (Asked::new(Some(announced)), true)] {
            for what in ["code=c", "error=access_denied"] {
                let location = format!("{REDIRECT}&{what}&state={}", asked.state());
                assert!(asked.redirected(&format!("{location}&iss={ISSUER}")).is_ok());
                assert_eq!(asked.redirected(&location).is_err(), demanded, "{what}");
                for other in
                    ["", "https://am.example.com:443/am/oauth2", "https://evil.example.com"]
                {
                    let kind = asked.fault(&format!("{location}&iss={other}"));
                    assert_eq!(kind, ErrorKind::AuthorizationIssuer, "{what} {other}");
                }
                let kind = asked.fault(&format!("{location}&iss={ISSUER}/"));
                assert_eq!(kind, ErrorKind::AuthorizationIssuer, "{what}");
            }
        }
    }

    #[test]
    fn a_parameter_that_stands_twice_makes_it_no_answer() {
        let asked = asked();
        let state = asked.state();
        for twice in ["code=d", "code=c", &format!("state={state}"), "tenant=8&tenant=9"] {
            let kind = asked.fault(&format!("{REDIRECT}&code=c&state={state}&{twice}"));
            assert_eq!(kind, ErrorKind::Authorization, "{twice}");
        }
    }

    #[test]
    fn an_error_beside_a_code_is_an_error() {
        let asked = asked();
        let location = format!("{REDIRECT}&code=c&state={}&error=access_denied", asked.state());
        match asked.redirected(&location) {
            Ok(Answer::Error(error)) => assert_eq!(error.error(), "access_denied"),
            other => unreachable!("{other:?}"),
        }
        for empty in ["", "&code="] {
            let kind = asked.fault(&format!("{REDIRECT}&state={}{empty}", asked.state()));
            assert_eq!(kind, ErrorKind::Authorization);
        }
    }

    #[test]
    fn a_way_to_a_login_page_is_told_from_a_way_to_anywhere() {
        let asked = asked();
        let goto = "goto=https%3A%2F%2Fam.example.com%2Fam%2Foauth2%2Fauthorize";
        for location in [
            "/am/XUI/?realm=/".to_owned(),
            "https://am.example.com/am/UI/Login?realm=%2F".to_owned(),
            format!("https://login.example.com/?{goto}"),
        ] {
            assert!(matches!(asked.redirected(&location), Ok(Answer::Login)), "{location}");
        }
        for location in ["https://login.example.com/", "https://login.example.com/?goto=/am"] {
            assert_eq!(asked.fault(location), ErrorKind::Authorization, "{location}");
        }
    }

    #[test]
    fn pages_are_told_apart() {
        let asked = asked();
        let read = |status, body| asked.read(status, None, body).unwrap();
        let consent = "<script>pageData = { displayName: \"app\", csrf: \"x\" };</script>";
        assert!(matches!(read(200, consent), Answer::Consent));
        for (status, body) in
            [(200, "<h1>Back soon</h1>"), (200, "[]"), (404, ""), (429, ""), (503, "")]
        {
            let answer = read(status, body);
            assert!(matches!(answer, Answer::Unavailable(_)), "{status} {body}: {answer:?}");
        }
        for no_session in [
            "",
            r#"{"code":401,"reason":"Unauthorized","message":"Access Denied"}"#,
            r#"{"status":401,"error":"Unauthorized"}"#,
        ] {
            assert!(matches!(read(401, no_session), Answer::Login), "{no_session}");
        }
        for status in [400, 401, 403] {
            match read(status, r#"{"error":"invalid_client"}"#) {
                Answer::Error(error) => assert_eq!(error.error(), "invalid_client"),
                other => unreachable!("{status}: {other:?}"),
            }
        }
        assert!(matches!(read(400, "<h1>unknown client</h1>"), Answer::Page(_)));
        let json = r#"{"error":"invalid_scope"}"#;
        assert!(matches!(read(400, json), Answer::Error(_)));
        for status in [204, 302] {
            let kind = asked.read(status, None, "").unwrap_err().kind();
            assert_eq!(kind, ErrorKind::Authorization, "{status}");
        }
    }

    #[test]
    fn an_error_never_quotes_what_was_sent() {
        let asked = asked();
        for secret in [SESSION, asked.state(), asked.request.nonce.expose_secret()] {
            let body =
                json!({"error": "access_denied", "error_description": format!("no {secret}")});
            let answer = asked.read(400, None, &body.to_string()).unwrap();
            assert!(!format!("{answer:?}").contains(secret), "{answer:?}");
            let query = format!("state={}&error=x&error_description={secret}", asked.state());
            let answer = asked.redirected(&format!("{REDIRECT}&{query}")).unwrap();
            assert!(!format!("{answer:?}").contains(secret), "{answer:?}");
        }
    }
}
