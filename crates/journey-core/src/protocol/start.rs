//! The requests of a journey.

use std::sync::Arc;

use form_urlencoded::Serializer;
use http::{HeaderValue, Request, header};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    callback::Registry,
    error::Error,
    node::Step,
    protocol::{AuthIndex, Resume, credentials::Credentials},
    realm::Realm,
    server::{Server, SessionApi},
    session::Session,
};

/// AM's newest error form and page attributes; OpenAM and PingAM both know it.
const API_VERSION: &str = "resource=2.1, protocol=1.0";

/// Makes the requests of one journey and reads its answers.
///
/// Holds the journey's options; they go with every request of this journey and of no other.
///
/// ```
/// use journey_core::{Outcome, Realm, Server, Start};
///
/// let start = Start::new(Server::new("https://am.example.com/am")?, "alpha".parse()?).journey("Login");
/// let request = start.request()?;
/// assert_eq!(
///     request.uri().path_and_query().map(|it| it.as_str()),
///     Some("/am/json/realms/root/realms/alpha/authenticate?authIndexType=service&authIndexValue=Login")
/// );
///
/// let answer = http::Response::new(r#"{"tokenId": "AQIC5w..", "successUrl": "/", "realm": "/alpha"}"#);
/// let Outcome::Success(success) = start.read(&answer)? else { unreachable!() };
/// assert!(success.session().is_some());
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Start {
    pub(super) server: Server,
    pub(super) realm: Realm,
    pub(super) registry: Arc<Registry>,
    pub(super) no_session: bool,
    pub(super) index: Option<AuthIndex>,
    pub(super) force_auth: bool,
    pub(super) upgrade: Option<Session>,
    pub(super) locale: Option<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) credentials: Option<Credentials>,
}

impl Start {
    /// Starts from the server and the realm; without more it runs the realm's default journey.
    pub fn new(server: Server, realm: Realm) -> Self {
        Self {
            server,
            realm,
            registry: Arc::default(),
            no_session: false,
            index: None,
            force_auth: false,
            upgrade: None,
            locale: None,
            query: Vec::new(),
            credentials: None,
        }
    }

    /// Names the journey (tree or chain). Names may hold spaces, and case counts.
    pub fn journey(self, name: impl Into<String>) -> Self {
        self.index(AuthIndex::Service(name.into()))
    }

    /// Says what to authenticate by, where it is not a journey's name.
    pub fn index(mut self, index: AuthIndex) -> Self {
        self.index = Some(index);
        self
    }

    /// Sends name and password along with the first request, in headers, and with no other.
    ///
    /// Chains take them; a tree does only with a Zero Page Login node. What is no ASCII goes as RFC 2047
    /// encoded words.
    pub fn credentials(
        mut self,
        name: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.credentials = Some(Credentials { name: name.into(), password: password.into() });
        self
    }

    /// Sets which callbacks are known beyond the built-in ones.
    pub fn registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    /// Asks the user again even where a session would do (`ForceAuth`).
    pub fn force_auth(mut self) -> Self {
        self.force_auth = true;
        self
    }

    /// Runs the journey without getting a session at the end (`noSession`).
    pub fn no_session(mut self) -> Self {
        self.no_session = true;
        self
    }

    /// Goes on from a session the user has, to raise what it is good for.
    pub fn upgrade(mut self, session: Session) -> Self {
        self.upgrade = Some(session);
        self
    }

    /// Asks for texts in a language; the value of `Accept-Language`, such as `de-CH, de;q=0.9`.
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// Asks for a place to go to afterwards; AM checks it and gives it back as the success URL (`goto`).
    pub fn goto(self, url: impl Into<String>) -> Self {
        self.query("goto", url)
    }

    /// Asks for a place to go to after a refusal; AM checks it and gives it back as the failure URL
    /// (`gotoOnFail`).
    pub fn goto_on_fail(self, url: impl Into<String>) -> Self {
        self.query("gotoOnFail", url)
    }

    /// Adds a query parameter that this crate has no name for.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Returns the server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns the realm.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Tells whether the journey ends without a session on purpose.
    pub fn is_without_session(&self) -> bool {
        self.no_session
    }

    /// Tells whether the journey goes on from a session the user has.
    pub fn is_upgrade(&self) -> bool {
        self.upgrade.is_some()
    }

    /// Returns the session that the journey goes on from.
    pub fn upgraded_session(&self) -> Option<&Session> {
        self.upgrade.as_ref()
    }

    /// Makes the request that starts the journey.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when an option can't be sent, or when a session is to be upgraded and
    /// the name of the session cookie is not known yet.
    pub fn request(&self) -> Result<Request<SecretString>, Error> {
        self.post("{}".into(), None, self.credentials.as_ref())
    }

    /// Makes the request that answers a step. The step stays, so that a failed send can be repeated.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when the step has no authId, or a callback was moved.
    pub fn answer(&self, step: &Step) -> Result<Request<SecretString>, Error> {
        self.post(step.answer()?, None, None)
    }

    pub(super) fn post(
        &self,
        body: SecretString,
        resume: Option<&Resume>,
        credentials: Option<&Credentials>,
    ) -> Result<Request<SecretString>, Error> {
        let mut url = self.server.json_url(&self.realm, "authenticate");
        let query = self.query_string(resume);
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        let mut request = Request::post(url)
            .header("Accept-API-Version", API_VERSION)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json");
        if let Some(locale) = &self.locale {
            request = request.header(header::ACCEPT_LANGUAGE, locale);
        }
        if let Some(session) = &self.upgrade {
            request = request.header(header::COOKIE, self.server.session_cookie(session)?);
        }
        if let (Some(credentials), Some(headers)) = (credentials, request.headers_mut()) {
            credentials.write(headers)?;
        }
        request
            .body(body)
            .map_err(|source| Error::misuse("could not make the request").with_source(source))
    }

    /// The same on every step: the authId carries the journey's name, but neither flag.
    fn query_string(&self, resume: Option<&Resume>) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(index) = &self.index {
            query.append_pair("authIndexType", index.type_name());
            query.append_pair("authIndexValue", &index.value());
        }
        if self.force_auth {
            query.append_pair("ForceAuth", "true");
        }
        if self.no_session {
            query.append_pair("noSession", "true");
        }
        // OpenAM looks only here for a session to upgrade; PingAM takes the cookie.
        if let Some(session) = &self.upgrade
            && self.server.session_api() == Some(SessionApi::Legacy)
        {
            query.append_pair("sessionUpgradeSSOTokenId", session.value().expose_secret());
        }
        query.extend_pairs(&self.query);
        if let Some(resume) = resume {
            query.extend_pairs(resume.pairs());
        }
        // AM reads `+` as a space here, but not everywhere: `%20` is read by all.
        query.finish().replace('+', "%20")
    }
}

impl Server {
    /// Writes the `Cookie` header that shows a session to the server, marked as sensitive.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when the cookie's name is not known yet, or the session's value holds
    /// bytes that no header may hold.
    pub fn session_cookie(&self, session: &Session) -> Result<HeaderValue, Error> {
        let name = self
            .cookie_name()
            .ok_or_else(|| Error::misuse("the name of the session cookie is not known yet"))?;
        let text = format!("{name}={}", session.value().expose_secret());
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| Error::misuse("the session's value does not fit into a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}
