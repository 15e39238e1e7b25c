//! The realm a user belongs to, in the forms AM writes it.

use std::{fmt, str::FromStr, sync::Arc};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;

/// What may stand unescaped in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names a realm of an AM server.
///
/// Reads every form people write: `root`, `/`, `alpha`, `/alpha`, `/alpha/beta`,
/// `root/realms/alpha`. Two spellings of one realm are equal.
///
/// ```
/// use journey_core::Realm;
///
/// let realm: Realm = "alpha".parse()?;
/// assert_eq!(realm.to_string(), "/alpha");
/// assert_eq!(realm.path(), "root/realms/alpha");
/// assert_eq!(realm, "root/realms/alpha".parse()?);
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Realm {
    /// `/` for the root, else `/alpha` or `/alpha/beta`.
    name: Arc<str>,
}

impl Realm {
    /// Returns the top-level realm.
    pub fn root() -> Self {
        Self { name: "/".into() }
    }

    /// Returns true for the top-level realm.
    pub fn is_root(&self) -> bool {
        &*self.name == "/"
    }

    /// Returns the name as AM's answers give it: `/`, `/alpha`, `/alpha/beta`.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns the path as AM's URLs take it, percent-encoded: `root/realms/alpha`.
    pub fn path(&self) -> String {
        let mut path = String::from("root");
        for segment in self.name.split('/').filter(|it| !it.is_empty()) {
            path.push_str("/realms/");
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        path
    }
}

impl Default for Realm {
    fn default() -> Self {
        Self::root()
    }
}

impl FromStr for Realm {
    type Err = Error;

    /// Reads any form of a realm's name.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when a part is `.` or `..` or holds a control character.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.trim().split('/').filter(|it| !it.is_empty()).peekable();
        // `root/realms/alpha/realms/beta` names each level with `realms/`; `/alpha/beta` does not.
        let url_form = parts.next_if_eq(&"root").is_some() && parts.peek() == Some(&"realms");
        let mut name = String::new();
        for (index, part) in parts.enumerate() {
            if url_form && index % 2 == 0 {
                if part != "realms" {
                    return Err(Error::realm(text));
                }
                continue;
            }
            if part == "." || part == ".." || part.chars().any(char::is_control) {
                return Err(Error::realm(text));
            }
            name.push('/');
            name.push_str(part);
        }
        if name.is_empty() {
            name.push('/');
        }
        Ok(Self { name: name.into() })
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Realm({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, path: &str) {
        let realm: Realm = text.parse().unwrap();
        assert_eq!((realm.as_str(), realm.path().as_str()), (name, path), "{text:?}");
    }

    #[test]
    fn every_spelling_of_a_realm_is_read() {
        check("", "/", "root");
        check("/", "/", "root");
        check("root", "/", "root");
        check("/root", "/", "root");
        check("alpha", "/alpha", "root/realms/alpha");
        check("/alpha/", "/alpha", "root/realms/alpha");
        check("/alpha/beta", "/alpha/beta", "root/realms/alpha/realms/beta");
        check("root/realms/alpha/realms/beta", "/alpha/beta", "root/realms/alpha/realms/beta");
        check("two words", "/two words", "root/realms/two%20words");
        check("käse", "/käse", "root/realms/k%C3%A4se");
    }

    #[test]
    fn a_realm_cannot_climb_out_of_its_path() {
        for text in ["..", "/alpha/..", "alpha/./beta", "al\npha", "root/realms/a/beta"] {
            assert!(text.parse::<Realm>().is_err(), "{text:?}");
        }
    }
}
