//! The AM server: its base URL, and facts about it that every user shares.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use crate::{error::Error, realm::Realm, uri::SplitUri};

/// Names an AM server and remembers what was found out about it.
///
/// Cheap to clone; clones share what is remembered: the name of the session cookie and which
/// version of the session API the server speaks. Nothing of a user is kept here.
///
/// ```
/// use journey_core::Server;
///
/// let server = Server::new("https://am.example.com/am/")?;
/// assert_eq!(server.url(), "https://am.example.com/am");
/// assert!(Server::new("am.example.com").is_err());
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    url: Arc<str>,
    cookie_name: OnceLock<String>,
    session_api: AtomicU8,
}

/// Tells which versions of `/json/sessions` a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionApi {
    /// Resource versions 3.1 and 4.0: PingAM 7 and later, PingOne Advanced Identity Cloud.
    Current,
    /// Resource versions 1.2 and 2.0: OpenAM, and AM before version 7.
    Legacy,
}

impl Server {
    /// Reads a base URL such as `https://am.example.com/am`.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when it is no `http` or `https` URL, or holds user information, a
    /// query or a fragment.
    pub fn new(url: &str) -> Result<Self, Error> {
        let url = url.trim().trim_end_matches('/');
        let parts = SplitUri::parse(url).ok_or_else(|| Error::server_url(url))?;
        let http = matches!(parts.scheme().to_ascii_lowercase().as_str(), "http" | "https");
        let plain = parts.query().is_none() && parts.fragment().is_none() && !parts.has_userinfo();
        if !http || !plain || parts.host().is_none_or(str::is_empty) {
            return Err(Error::server_url(url));
        }
        if url.parse::<http::Uri>().is_err() {
            return Err(Error::server_url(url));
        }
        Ok(Self(Arc::new(Inner {
            url: url.into(),
            cookie_name: OnceLock::new(),
            session_api: AtomicU8::new(0),
        })))
    }

    /// Returns the base URL, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Returns the URL of something below `/json/realms/{realm}/`.
    pub fn json_url(&self, realm: &Realm, rest: &str) -> String {
        format!("{}/json/realms/{}/{rest}", self.url(), realm.path())
    }

    /// Returns the name of the session cookie once it is known.
    pub fn cookie_name(&self) -> Option<&str> {
        self.0.cookie_name.get().map(String::as_str)
    }

    /// Remembers the name of the session cookie; the first one told stays.
    pub fn set_cookie_name(&self, name: impl Into<String>) -> &str {
        self.0.cookie_name.get_or_init(|| name.into())
    }

    /// Returns which session API the server speaks, once one of them has worked.
    pub fn session_api(&self) -> Option<SessionApi> {
        match self.0.session_api.load(Ordering::Relaxed) {
            1 => Some(SessionApi::Current),
            2 => Some(SessionApi::Legacy),
            _ => None,
        }
    }

    /// Remembers which session API has worked.
    pub fn set_session_api(&self, api: SessionApi) {
        let value = match api {
            SessionApi::Current => 1,
            SessionApi::Legacy => 2,
        };
        self.0.session_api.store(value, Ordering::Relaxed);
    }

    pub(crate) fn shared_url(&self) -> Arc<str> {
        Arc::clone(&self.0.url)
    }
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        self.0.url == other.0.url
    }
}

impl Eq for Server {}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url())
            .field("cookie_name", &self.cookie_name())
            .field("session_api", &self.session_api())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_urls_name_a_server() {
        for url in [
            "",
            "am",
            "ftp://am",
            "https://",
            "https://a:b@am/",
            "https://am/?x=1",
            "https://am/#x",
            "https://a b/",
        ] {
            assert!(Server::new(url).is_err(), "{url:?}");
        }
        for url in ["https://am", "http://127.0.0.1:8080/am", "https://[::1]:8443/openam/"] {
            assert!(Server::new(url).is_ok(), "{url:?}");
        }
    }

    #[test]
    fn clones_share_what_is_remembered() {
        let one = Server::new("https://am.example.com/am").unwrap();
        let two = one.clone();
        one.set_cookie_name("iPlanetDirectoryPro");
        one.set_session_api(SessionApi::Legacy);
        assert_eq!(two.cookie_name(), Some("iPlanetDirectoryPro"));
        assert_eq!(two.session_api(), Some(SessionApi::Legacy));
    }
}
