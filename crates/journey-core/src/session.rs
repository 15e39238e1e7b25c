//! The session that a finished journey leaves behind.

use std::{fmt, sync::Arc};

use secrecy::SecretString;

use crate::realm::Realm;

/// Proves to AM that the user has signed in: AM's SSO token and what came with it.
///
/// Cheap to clone. `Debug` never shows the value.
///
/// ```
/// use journey_core::{Realm, Session};
///
/// let session = Session::new("AQIC5w..", Some("/enduser/?realm=/alpha"), "alpha".parse::<Realm>()?);
/// assert_eq!(session.success_url(), Some("/enduser/?realm=/alpha"));
/// assert!(!format!("{session:?}").contains("AQIC5w"));
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    value: SecretString,
    success_url: Option<String>,
    realm: Realm,
}

impl Session {
    /// Makes a session from its parts, as a success answer or a store gives them.
    pub fn new(value: impl Into<SecretString>, success_url: Option<&str>, realm: Realm) -> Self {
        let success_url = success_url.map(str::to_owned);
        Self(Arc::new(Inner { value: value.into(), success_url, realm }))
    }

    /// Returns the session token itself: the value of AM's session cookie.
    pub fn value(&self) -> &SecretString {
        &self.0.value
    }

    /// Returns where AM would send a browser now; relative, absolute, or of another host.
    ///
    /// It is data from the answer: AM repeats a `goto` of any host here (seen on OpenAM 16), so check
    /// it before you follow it: [`SplitUri::is_web_page`](crate::SplitUri::is_web_page) and the host.
    pub fn success_url(&self) -> Option<&str> {
        self.0.success_url.as_deref()
    }

    /// Returns the realm the user signed in to.
    pub fn realm(&self) -> &Realm {
        &self.0.realm
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("success_url", &self.success_url().map(without_query))
            .field("realm", &self.0.realm)
            .finish_non_exhaustive()
    }
}

/// A query may hold anything, for the page it leads to and for nobody else.
fn without_query(url: &str) -> &str {
    url.find(['?', '#']).map_or(url, |end| &url[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_where_a_success_leads_without_its_query() {
        let shown = |url| format!("{:?}", Session::new("sentinel", Some(url), Realm::root()));
        for url in ["/home?code=c-1", "https://app/home#c-1", "/home"] {
            let shown = shown(url);
            assert!(shown.contains("/home\"") && !shown.contains("c-1"), "{shown}");
            assert!(!shown.contains("sentinel"));
        }
    }
}
