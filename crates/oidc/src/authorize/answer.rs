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
    /// The server can't answer now.
    Unavailable(StatusCode),
}

impl Answer {
    /// Reads an answer; nothing in it is followed.
    pub(crate) fn read(
        response: &http::Response<impl AsRef<[u8]>>,
        request: &AuthorizationRequest,
        config: &Config,
        metadata: &Metadata,
    ) -> Result<Self, Error> {
        let status = response.status();
        let location = response.headers().get(header::LOCATION).and_then(|it| it.to_str().ok());
        match (status.as_u16(), location) {
            (300..=399, Some(location)) => redirect(location, request, config, metadata),
            (200, _) => Ok(Self::Consent),
            (429 | 500..=599, _) => Ok(Self::Unavailable(status)),
            (401, _) => Ok(Self::Login),
            (400..=499, _) => Ok(match oauth_error(response.body().as_ref(), status) {
                Some(error) => Self::Error(error),
                None => Self::Page(status),
            }),
            _ => Err(Error::new(
                ErrorKind::Authorization,
                format!("the server answered the authorization request with {}", status.as_u16()),
            )),
        }
    }
}

fn redirect(
    location: &str,
    request: &AuthorizationRequest,
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
        let error = OAuthError::new(text::cut(error));
        return Ok(Answer::Error(match answer.get("error_description") {
            Some(description) => error.description(text::cut(description)),
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
fn oauth_error(body: &[u8], status: StatusCode) -> Option<OAuthError> {
    let body = jose::object(body)?;
    let error = body.get("error").and_then(Value::as_str)?;
    let error = OAuthError::new(text::cut(error)).status(status.as_u16());
    Some(match body.get("error_description").and_then(Value::as_str) {
        Some(description) => error.description(text::cut(description)),
        None => error,
    })
}
