//! Going on with a journey that went elsewhere: an e-mail's link, or a browser that comes back.

use std::fmt;

use http::Request;
use secrecy::{ExposeSecret, SecretString};

use crate::{error::Error, node::Step, protocol::Start, uri::SplitUri};

/// What a link or a redirect may bring along; everything else in it is ignored.
const PARAMETERS: &[&str] = &[
    "suspendedId",
    "code",
    "state",
    "scope",
    "iss",
    "nonce",
    "form_post_entry",
    "responsekey",
    "RelayState",
    "error",
    "error_description",
    "errorCode",
    "errorMessage",
];

/// What of these tells how it went and is no secret.
const TOLD: &[&str] = &["scope", "iss", "error", "error_description", "errorCode", "errorMessage"];

/// Holds what a link or a redirect brought along to go on with a journey.
///
/// With the id of a suspended journey, [`Start::resume`] goes on; with anything else, the step that sent the
/// user away must be at hand, and [`Start::resume_step`] goes on.
///
/// `Debug` shows which parameters there are, not their values: most are secrets.
///
/// ```
/// use journey_core::{Resume, SplitUri};
///
/// let allowed = ["https://app.example.com"];
/// let back = Resume::from_uri("https://app.example.com/cb?code=c-1&state=s-1&x=1", allowed)?;
/// assert!(back.needs_step());
/// assert!(Resume::from_uri("https://evil.example.com/cb?code=c-1&state=s-1", allowed).is_err());
///
/// let link = Resume::from_uri("com.example.app:/mail?suspendedId=s-2", ["com.example.app:/mail"])?;
/// assert!(!link.needs_step());
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Resume(Vec<(&'static str, SecretString)>);

impl Resume {
    /// Goes on with the suspended journey of this id.
    pub fn suspended(id: impl Into<SecretString>) -> Self {
        Self(vec![("suspendedId", id.into())])
    }

    /// Returns what goes with the request and must not be shown: the link's id, a code of an identity provider.
    /// See [`ErrorNode::hide_quotes`](crate::ErrorNode::hide_quotes).
    ///
    /// ```
    /// use journey_core::Resume;
    ///
    /// assert_eq!(Resume::suspended("s-2").secrets().len(), 1);
    /// let app = ["https://app.example.com"];
    /// let refused = Resume::from_uri("https://app.example.com/cb?error=access_denied", app)?;
    /// assert!(refused.secrets().is_empty(), "it may be told");
    /// # Ok::<(), journey_core::Error>(())
    /// ```
    pub fn secrets(&self) -> Vec<SecretString> {
        let secret = self.0.iter().filter(|(name, _)| !TOLD.contains(name));
        secret.map(|(_, value)| value.clone()).collect()
    }

    /// Takes what is known out of a URI's query, and nothing else of it.
    ///
    /// The URI must belong to one of `allowed`: of an `http` or `https` URI scheme, host and port count; any
    /// other, such as `com.example.app:/callback`, must be the same text up to its query.
    ///
    /// # Errors
    /// [`Error`] of kind `NotResumable` when the URI is none of those, when its query holds nothing to go on
    /// with, or one thing twice.
    pub fn from_uri(
        uri: &str,
        allowed: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, Error> {
        let parts = SplitUri::parse(uri).ok_or_else(|| Error::resume("what came is no URI"))?;
        if !allowed.into_iter().any(|it| is_allowed(uri, &parts, it.as_ref())) {
            return Err(Error::resume("the URI is none of those that may bring a journey back"));
        }
        let mut found: Vec<(&'static str, SecretString)> = Vec::new();
        for (key, value) in form_urlencoded::parse(parts.query().unwrap_or_default().as_bytes()) {
            let Some(name) = PARAMETERS.iter().find(|it| **it == key) else { continue };
            let value = SecretString::from(value.into_owned());
            if value.expose_secret().is_empty() {
                continue;
            }
            if found.iter().any(|(it, _)| it == name) {
                return Err(Error::resume(format!("the URI holds {name} twice")));
            }
            found.push((name, value));
        }
        let resume = Self(found);
        let enough = resume.has("suspendedId")
            || resume.has("code") && resume.has("state")
            || ["form_post_entry", "responsekey", "RelayState", "error", "errorCode"]
                .iter()
                .any(|it| resume.has(it));
        match enough {
            true => Ok(resume),
            false => Err(Error::resume("the URI holds nothing to go on with")),
        }
    }

    /// Tells whether the step that sent the user away is needed.
    pub fn needs_step(&self) -> bool {
        !self.has("suspendedId")
    }

    /// Returns the error that the other side sent in place of an answer, such as `access_denied`. The journey
    /// may still have a way for it, so it can be sent on all the same.
    pub fn error(&self) -> Option<&str> {
        self.get("error").or_else(|| self.get("errorCode"))
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.expose_secret()))
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(it, _)| *it == name).map(|(_, value)| value)
    }
}

impl Start {
    /// Makes the request that goes on with a suspended journey. Its URL holds a secret.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when the step that was left is needed, and as [`request`](Self::request).
    pub fn resume(&self, resume: &Resume) -> Result<Request<SecretString>, Error> {
        if resume.needs_step() {
            return Err(Error::misuse("the step that sent the user away is needed to go on"));
        }
        self.post("".into(), Some(resume), None)
    }

    /// Makes the request that answers a step with what a redirect brought along. Its URL holds a secret.
    ///
    /// What was brought goes with this one request: later steps are answered as usual.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` as [`answer`](Self::answer), and when a suspended journey's id came, which
    /// belongs to no step.
    pub fn resume_step(
        &self,
        step: &Step,
        resume: &Resume,
    ) -> Result<Request<SecretString>, Error> {
        if !resume.needs_step() {
            return Err(Error::misuse("a suspended journey goes on without a step"));
        }
        self.post(step.answer()?, Some(resume), None)
    }
}

fn is_allowed(text: &str, uri: &SplitUri<'_>, allowed: &str) -> bool {
    let Some(other) = SplitUri::parse(allowed) else { return false };
    uri.same_origin(&other) || !uri.is_http() && whole(text) == whole(allowed)
}

/// The text up to its query or fragment.
fn whole(uri: &str) -> &str {
    uri.split(['?', '#']).next().unwrap_or_default()
}

impl fmt::Debug for Resume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|(name, _)| *name).collect();
        f.debug_tuple("Resume").field(&names).finish()
    }
}
