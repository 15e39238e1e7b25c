//! What an entry is called.

use std::collections::BTreeSet;
use std::fmt::{self, Debug, Write as _};

/// The name of an entry, made from the server, the realm, the account and a purpose.
///
/// Different parts never give the same key, whatever the strings hold: a slash in an account's name
/// is escaped. A key holds no secret and may be logged, but it names an account.
///
/// ```
/// use journey_storage::Key;
///
/// let key = Key::session("https://am.example.com/am", "/alpha", "demo");
/// assert_ne!(key, Key::session("https://am.example.com/am", "/", "alpha/demo"));
/// assert_eq!(Key::parse(key.as_str()), Some(key));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// The beginning of the names of several entries, for [`Storage::list`](crate::Storage::list).
///
/// ```
/// use journey_storage::{Key, KeyPrefix};
///
/// let session = Key::session("https://am.example.com/am", "/alpha", "demo");
/// assert!(KeyPrefix::realm("https://am.example.com/am", "/alpha").matches(&session));
/// assert!(!KeyPrefix::realm("https://am.example.com/am", "/al").matches(&session));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyPrefix(String);

impl Key {
    /// The account itself: the lock under which its tokens are renewed and written.
    pub fn account(server: &str, realm: &str, account: &str) -> Self {
        Self(join(&[server, realm, account, "account"]))
    }

    /// The account's session, and the lock under which it is replaced: no renewal of tokens holds that.
    pub fn session(server: &str, realm: &str, account: &str) -> Self {
        Self(join(&[server, realm, account, "session"]))
    }

    /// The account's generation, read and raised by [`generation`](crate::generation) and
    /// [`raise_generation`](crate::raise_generation).
    pub fn generation(server: &str, realm: &str, account: &str) -> Self {
        Self(join(&[server, realm, account, "generation"]))
    }

    /// The account's tokens for one OAuth client and the scopes that were asked for.
    ///
    /// Programs that ask for different scopes keep their tokens side by side. The scopes are a set:
    /// neither their order nor a repetition makes another key.
    ///
    /// ```
    /// use journey_storage::Key;
    ///
    /// let tokens =
    ///     |scopes: &[&str]| Key::tokens("https://am.example.com/am", "/", "demo", "app", scopes);
    /// assert_eq!(tokens(&["openid", "email"]), tokens(&["email", "openid", "email"]));
    /// assert_ne!(tokens(&["openid", "email"]), tokens(&["openid"]));
    /// ```
    pub fn tokens(
        server: &str,
        realm: &str,
        account: &str,
        client: &str,
        scopes: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        Self(join(&[server, realm, account, "tokens", client, &set(scopes)]))
    }

    /// An entry for a purpose of your own; never equal to a key made by another constructor.
    ///
    /// ```
    /// use journey_storage::Key;
    ///
    /// let device = Key::custom("https://am.example.com/am", "/alpha", "demo", "device", "laptop");
    /// assert!(device.as_str().ends_with("/demo/custom/device/laptop"));
    /// ```
    pub fn custom(server: &str, realm: &str, account: &str, purpose: &str, detail: &str) -> Self {
        Self(join(&[server, realm, account, "custom", purpose, detail]))
    }

    /// The whole key as text: parts joined by `/`, everything else escaped like in a URL.
    ///
    /// For backends. Its length is three times that of the parts at most; upper and lower case
    /// differ.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads back what [`as_str`](Key::as_str) gave, or `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.split('/').map(unescape).collect::<Option<Vec<String>>>()?;
        let parts = parts.iter().map(String::as_str).collect::<Vec<&str>>();
        let is_known = match parts.get(3..)? {
            ["account" | "session" | "generation"] => true,
            ["generation", mark] => mark.parse::<u64>().is_ok(),
            ["tokens", _, _] | ["custom", _, _] => true,
            _ => false,
        };
        let key = Self(join(&parts));
        (is_known && key.0 == text).then_some(key)
    }

    /// The entry that says that this counter has reached `mark`.
    pub(crate) fn mark(&self, mark: u64) -> Self {
        Self(format!("{}/{mark}", self.0))
    }

    /// The mark that this key stands for, if it is one of `counter`'s.
    pub(crate) fn mark_of(&self, counter: &Self) -> Option<u64> {
        self.0.strip_prefix(&counter.0)?.strip_prefix('/')?.parse().ok()
    }

    /// What tokens are called whose own name can't be read: after their place in the store. No other
    /// key has that form.
    #[cfg(feature = "file")]
    pub(crate) fn unread(account: &KeyPrefix, place: &str) -> Self {
        Self(format!("{}!{place}", account.0))
    }

    /// The place that this key is called after, if it has no name of its own.
    #[cfg(feature = "file")]
    pub(crate) fn place(&self) -> Option<&str> {
        self.0.rsplit_once("/!").map(|(_, place)| place)
    }

    /// The part before the purpose: all keys of one account share it.
    pub(crate) fn account_scope(&self) -> &str {
        self.0.match_indices('/').nth(2).map_or(&self.0, |(at, _)| &self.0[..=at])
    }

    /// The part that a group of entries of one account shares: its tokens, what is custom for one
    /// purpose, and so on.
    #[cfg(feature = "file")]
    pub(crate) fn group(&self) -> &str {
        group(&self.0)
    }
}

impl KeyPrefix {
    /// Every entry of the store.
    pub fn all() -> Self {
        Self(String::new())
    }

    /// The entries of one server.
    pub fn server(server: &str) -> Self {
        Self(join(&[server, ""]))
    }

    /// The entries of one realm of a server.
    pub fn realm(server: &str, realm: &str) -> Self {
        Self(join(&[server, realm, ""]))
    }

    /// The entries of one account.
    pub fn account(server: &str, realm: &str, account: &str) -> Self {
        Self(join(&[server, realm, account, ""]))
    }

    /// The token entries of one account, for every OAuth client.
    pub fn tokens(server: &str, realm: &str, account: &str) -> Self {
        Self(join(&[server, realm, account, "tokens", ""]))
    }

    /// The token entries of one account for one OAuth client, whatever scopes were asked for.
    ///
    /// ```
    /// use journey_storage::{Key, KeyPrefix};
    ///
    /// let server = "https://am.example.com/am";
    /// let app = KeyPrefix::client_tokens(server, "/", "demo", "app");
    /// assert!(app.matches(&Key::tokens(server, "/", "demo", "app", ["openid"])));
    /// assert!(!app.matches(&Key::tokens(server, "/", "demo", "app2", ["openid"])));
    /// ```
    pub fn client_tokens(server: &str, realm: &str, account: &str, client: &str) -> Self {
        Self(join(&[server, realm, account, "tokens", client, ""]))
    }

    /// The entries made by [`Key::custom`] for one purpose of one account.
    pub fn custom(server: &str, realm: &str, account: &str, purpose: &str) -> Self {
        Self(join(&[server, realm, account, "custom", purpose, ""]))
    }

    /// The marks of a counter.
    pub(crate) fn marks(counter: &Key) -> Self {
        Self(format!("{}/", counter.0))
    }

    /// Whether a key starts with this prefix.
    pub fn matches(&self, key: &Key) -> bool {
        key.0.starts_with(&self.0)
    }

    /// The prefix as text, to compare with [`Key::as_str`]: empty, or ends in `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that all keys of one account share, if this prefix names an account.
    #[cfg(feature = "file")]
    pub(crate) fn account_scope(&self) -> Option<&str> {
        self.0.match_indices('/').nth(2).map(|(at, _)| &self.0[..=at])
    }

    /// The [group](Key::group) that all its keys are of, if it names one.
    #[cfg(feature = "file")]
    pub(crate) fn group(&self) -> Option<&str> {
        self.0.match_indices('/').nth(3).map(|_| group(&self.0))
    }

    /// Whether it names tokens of one account, all of them or those of one client.
    #[cfg(feature = "file")]
    pub(crate) fn names_tokens(&self) -> bool {
        let is_tokens = |it: &str| it.ends_with("/tokens/") && it.matches('/').count() == 4;
        self.group().is_some_and(is_tokens)
    }

    /// Whether it names a whole group of entries, so that nothing of an entry's own name is needed.
    #[cfg(feature = "file")]
    pub(crate) fn names_a_group(&self) -> bool {
        self.group() == Some(&self.0)
    }
}

impl Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({})", self.0)
    }
}

impl Debug for KeyPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyPrefix({})", self.0)
    }
}

/// The scopes as one text, the same for the same set.
fn set(scopes: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut names = BTreeSet::new();
    for scope in scopes {
        names.extend(scope.as_ref().split_ascii_whitespace().map(str::to_owned));
    }
    names.into_iter().collect::<Vec<String>>().join(" ")
}

/// All tokens of an account are one group, so that they are listed for one client and for all.
#[cfg(feature = "file")]
fn group(text: &str) -> &str {
    let slashes = || text.match_indices('/').map(|(at, _)| at);
    let is_tokens = slashes().nth(2).is_some_and(|at| text[at..].starts_with("/tokens/"));
    let end = if is_tokens { slashes().nth(3) } else { slashes().next_back() };
    end.map_or(text, |at| &text[..=at])
}

fn join(parts: &[&str]) -> String {
    let mut text = String::with_capacity(parts.iter().map(|it| it.len() + 8).sum());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push('/');
        }
        escape(part, &mut text);
    }
    text
}

fn escape(part: &str, text: &mut String) {
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
}

fn unescape(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let hex = str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const ODD: [&str; 12] =
        ["", "a", "A", "/", "a/", "/a", "%", "%2F", "..", "account", "ä\u{0}\n", "a/b"];

    #[test]
    fn different_parts_never_give_the_same_key() {
        let mut seen = HashSet::new();
        let mut count = 0;
        for server in ODD {
            for realm in ODD {
                for account in ODD {
                    let keys = [
                        Key::account(server, realm, account),
                        Key::session(server, realm, account),
                        Key::generation(server, realm, account),
                    ];
                    let tokens = ODD.map(|it| Key::tokens(server, realm, account, it, [it]));
                    let custom = ODD.map(|it| Key::custom(server, realm, account, it, it));
                    count += keys.len() + tokens.len() + custom.len();
                    seen.extend(keys.into_iter().chain(tokens).chain(custom));
                }
            }
        }
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn a_key_is_read_back_from_its_text() {
        for part in ODD {
            for key in [
                Key::session(part, part, part),
                Key::tokens(part, part, part, part, [part, "openid"]),
                Key::custom(part, part, part, part, part),
                Key::generation(part, part, part).mark(7),
            ] {
                assert_eq!(Key::parse(key.as_str()), Some(key));
            }
        }
    }

    #[test]
    fn a_text_that_is_no_key_is_refused() {
        for text in
            ["", "a/b", "a/b/c/other", "a/b/c/session/d", "a/b/c%2f/session", "a b/c/d/session"]
        {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_prefix_ends_at_a_part() {
        let key = Key::session("server", "/alpha", "demo");

        assert!(KeyPrefix::all().matches(&key));
        assert!(KeyPrefix::server("server").matches(&key));
        assert!(KeyPrefix::account("server", "/alpha", "demo").matches(&key));
        assert!(!KeyPrefix::server("serv").matches(&key));
        assert!(!KeyPrefix::account("server", "/alpha", "dem").matches(&key));
        assert!(!KeyPrefix::tokens("server", "/alpha", "demo").matches(&key));
    }

    #[test]
    fn scopes_are_a_set() {
        let tokens = |scopes: &[&str]| Key::tokens("server", "/", "demo", "app", scopes);
        let expected = tokens(&["email", "openid"]);
        for same in [&["openid", "email"][..], &["email", "openid", "email"], &["openid email "]] {
            assert_eq!(tokens(same), expected, "{same:?}");
        }
        for other in [&["openid"][..], &["emailopenid"], &["email", "openid", "a"], &[]] {
            assert_ne!(tokens(other), expected, "{other:?}");
        }
        assert_eq!(tokens(&[]), tokens(&["", " "]));
    }

    #[test]
    #[cfg(feature = "file")]
    fn a_key_is_of_the_group_that_its_prefixes_name() {
        let tokens = Key::tokens("s", "r", "a", "app", ["openid"]);
        let custom = Key::custom("s", "r", "a", "tokens", "x");
        let counter = Key::generation("s", "r", "a");
        for (prefix, key) in [
            (KeyPrefix::tokens("s", "r", "a"), &tokens),
            (KeyPrefix::client_tokens("s", "r", "a", "app"), &tokens),
            (KeyPrefix::custom("s", "r", "a", "tokens"), &custom),
            (KeyPrefix::marks(&counter), &counter.mark(7)),
        ] {
            assert!(prefix.matches(key));
            assert_eq!(prefix.group(), Some(key.group()), "{prefix:?}");
        }
        assert_eq!(KeyPrefix::account("s", "r", "a").group(), None);
    }
}
