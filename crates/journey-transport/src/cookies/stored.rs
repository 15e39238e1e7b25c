//! One cookie, and which requests it goes with.

use std::fmt;
use std::time::{Duration, SystemTime};

use cookie::{Cookie, Expiration};
use http::Uri;
use secrecy::{ExposeSecret, SecretString};

use crate::cookies::rules;

/// A cookie as a jar keeps it.
///
/// Its `Debug` shows the name only.
#[derive(Clone)]
pub struct StoredCookie {
    pub(super) name: String,
    pub(super) value: SecretString,
    pub(super) domain: String,
    pub(super) host_only: bool,
    pub(super) path: String,
    pub(super) secure: bool,
    pub(super) expires: Option<SystemTime>,
}

impl StoredCookie {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> &SecretString {
        &self.value
    }

    /// Tells whether the server wants the cookie kept beyond this run, such as a persistent login.
    #[must_use]
    pub fn is_persistent(&self) -> bool {
        self.expires.is_some()
    }

    /// Returns when the cookie ends; `None` for one that ends with the session.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires
    }

    /// Reads a `Set-Cookie` header of an answer from `uri`; `None` for one that must be ignored.
    pub(super) fn read(header: &str, uri: &Uri, now: SystemTime) -> Option<Self> {
        let host = rules::host(uri)?;
        let cookie = Cookie::parse(header).ok()?;
        if cookie.name().is_empty() || !rules::may_be_sent(cookie.name(), cookie.value()) {
            return None;
        }
        let (domain, host_only) = match cookie.domain().filter(|it| !it.is_empty()) {
            Some(domain) => rules::accept_domain(domain, &host)?,
            None => (host, true),
        };
        let secure = cookie.secure().unwrap_or(false);
        if secure && !rules::is_safe(uri) {
            return None;
        }
        let path = match cookie.path() {
            Some(path) if path.starts_with('/') && rules::may_be_sent("", path) => path.to_owned(),
            _ => rules::default_path(uri.path()).to_owned(),
        };
        if !rules::keeps_prefix(cookie.name(), secure, host_only, &path) {
            return None;
        }
        Some(Self {
            name: cookie.name().to_owned(),
            value: SecretString::from(cookie.value()),
            domain,
            host_only,
            path,
            secure,
            expires: expiry(&cookie, now),
        })
    }

    /// Tells whether the cookie goes with a request to `uri`.
    pub(super) fn matches(&self, uri: &Uri, host: &str) -> bool {
        let same_host = match self.host_only {
            true => host == self.domain,
            false => rules::domain_matches(host, &self.domain),
        };
        same_host
            && rules::path_matches(uri.path(), &self.path)
            && (!self.secure || rules::is_safe(uri))
    }

    pub(super) fn is_over(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// Tells whether a newly set cookie takes the place of this one (RFC 6265, section 5.3).
    pub(super) fn is_replaced_by(&self, other: &Self) -> bool {
        self.name == other.name && self.domain == other.domain && self.path == other.path
    }

    /// Writes the cookie as one line that [`read_line`](Self::read_line) understands.
    pub(super) fn write_line(&self, line: &mut String) {
        let seconds = self.expires.map(|end| {
            end.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs().to_string()
        });
        let fields = [
            self.name.as_str(),
            self.value.expose_secret(),
            &self.domain,
            if self.host_only { "host" } else { "domain" },
            &self.path,
            if self.secure { "secure" } else { "any" },
            seconds.as_deref().unwrap_or(""),
        ];
        line.push_str(&fields.join("\t"));
        line.push('\n');
    }

    pub(super) fn read_line(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        let cookie = Self {
            name: next()?.to_owned(),
            value: SecretString::from(next()?),
            domain: next()?.to_owned(),
            host_only: choice(next()?, "host", "domain")?,
            path: next()?.to_owned(),
            secure: choice(next()?, "secure", "any")?,
            expires: match next()? {
                "" => None,
                seconds => Some(after_epoch(seconds.parse().ok()?)?),
            },
        };
        let sound = rules::may_be_sent(&cookie.name, cookie.value.expose_secret());
        (sound && next().is_none()).then_some(cookie)
    }
}

impl fmt::Debug for StoredCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCookie").field("name", &self.name).finish_non_exhaustive()
    }
}

fn choice(text: &str, yes: &str, no: &str) -> Option<bool> {
    (text == yes || text == no).then(|| text == yes)
}

fn after_epoch(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// `Max-Age` wins over `Expires` (RFC 6265, section 5.3); what is past means deletion.
fn expiry(cookie: &Cookie<'_>, now: SystemTime) -> Option<SystemTime> {
    if let Some(age) = cookie.max_age() {
        let age = u64::try_from(age.whole_seconds()).unwrap_or(0);
        return match age {
            0 => Some(SystemTime::UNIX_EPOCH),
            // A time that the clock cannot show is as good as none.
            age => now.checked_add(Duration::from_secs(age)),
        };
    }
    match cookie.expires()? {
        Expiration::DateTime(end) => Some(
            u64::try_from(end.unix_timestamp())
                .ok()
                .and_then(after_epoch)
                .unwrap_or(SystemTime::UNIX_EPOCH),
        ),
        Expiration::Session => None,
    }
}
