//! What the server has seen.

use std::fmt;

/// How a request showed who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialKind {
    /// Nothing.
    None,
    /// The session in a cookie.
    SessionCookie,
    /// The session in a header of the cookie's name.
    SessionHeader,
    /// An access token.
    Bearer,
    /// A client's id and secret.
    ClientSecret,
}

/// A secret that was seen: it can be compared, but not read.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use journey_testkit::sim::Am;
/// use tower::ServiceExt;
///
/// let am = Am::demo();
/// let request = http::Request::post("/am/json/realms/root/realms/alpha/authenticate")
///     .header("cookie", "iPlanetDirectoryPro=AQIC5")
///     .body(String::new())?;
/// am.service().oneshot(request).await?;
/// let seen = &am.requests()[0];
/// assert!(seen.credential().is_some_and(|it| it.is("AQIC5")));
/// assert!(!format!("{seen:?}").contains("AQIC5"));
/// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Tells whether it is this value.
    pub fn is(&self, value: &str) -> bool {
        self.0 == value
    }
}

/// Shows nothing.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A request that the server has seen, and the status that it answered.
#[derive(Debug, Clone)]
pub struct Seen {
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query_names: Vec<String>,
    pub(crate) form_names: Vec<String>,
    pub(crate) grant_type: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) kind: CredentialKind,
    pub(crate) credential: Option<Secret>,
    pub(crate) header_names: Vec<String>,
    pub(crate) cookie_names: Vec<String>,
}

impl Seen {
    /// Returns its number: 0 is the first request of this server.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns the method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path with the base path, without the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the names of the query parameters; values may be secret.
    pub fn query_names(&self) -> &[String] {
        &self.query_names
    }

    /// Returns the names of the form fields; values may be secret.
    pub fn form_names(&self) -> &[String] {
        &self.form_names
    }

    /// Returns the names of the headers, in lower case.
    pub fn header_names(&self) -> &[String] {
        &self.header_names
    }

    /// Returns the names of the cookies.
    pub fn cookie_names(&self) -> &[String] {
        &self.cookie_names
    }

    /// Returns the `grant_type` of a token request.
    pub fn grant_type(&self) -> Option<&str> {
        self.grant_type.as_deref()
    }

    /// Returns the `_action` of a REST request.
    pub fn action(&self) -> Option<&str> {
        self.action.as_deref()
    }

    /// Returns what `Accept-API-Version` said.
    pub fn api_version(&self) -> Option<&str> {
        self.api_version.as_deref()
    }

    /// Returns the status of the answer; `None` when none was sent (yet).
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns how the request showed who sends it.
    pub fn credential_kind(&self) -> CredentialKind {
        self.kind
    }

    /// Returns the session or token that was shown.
    pub fn credential(&self) -> Option<&Secret> {
        self.credential.as_ref()
    }

    pub(crate) fn secret(value: &str) -> Secret {
        Secret(value.to_owned())
    }
}
