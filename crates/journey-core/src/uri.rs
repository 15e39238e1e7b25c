//! A small split of URIs, because redirect URIs of apps (`com.example.app:/callback`) are no URLs to `http`.

/// The parts of a URI, as they stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitUri<'a> {
    scheme: &'a str,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> SplitUri<'a> {
    /// Splits an absolute URI (RFC 3986 section 3); none when it has no scheme, or holds white space or
    /// control characters.
    ///
    /// ```
    /// use journey_core::SplitUri;
    ///
    /// let uri = SplitUri::parse("com.example.app:/callback?code=1").unwrap();
    /// assert_eq!((uri.scheme(), uri.host(), uri.path()), ("com.example.app", None, "/callback"));
    /// assert_eq!(uri.query(), Some("code=1"));
    /// ```
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.chars().any(|it| it.is_control() || it.is_whitespace()) {
            return None;
        }
        let (scheme, rest) = text.split_once(':')?;
        let mut letters = scheme.bytes();
        let well_formed = letters.next().is_some_and(|it| it.is_ascii_alphabetic())
            && letters.all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it));
        if !well_formed {
            return None;
        }
        let (rest, fragment) = split_off(rest, '#');
        let (rest, query) = split_off(rest, '?');
        let (authority, path) = match rest.strip_prefix("//") {
            None => (None, rest),
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
        };
        Some(Self { scheme, authority, path, query, fragment })
    }

    /// Returns the scheme as written.
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// Returns the host without port; an IPv6 address keeps its brackets.
    pub fn host(&self) -> Option<&'a str> {
        self.host_and_port().map(|(host, _)| host)
    }

    /// Returns the port: the one written, else that of `http` or `https`.
    pub fn port(&self) -> Option<u16> {
        match self.host_and_port()?.1 {
            Some(port) if !port.is_empty() => port.parse().ok(),
            _ if self.scheme.eq_ignore_ascii_case("https") => Some(443),
            _ if self.scheme.eq_ignore_ascii_case("http") => Some(80),
            _ => None,
        }
    }

    /// Returns true when the authority names a user (`https://user@host`).
    pub fn has_userinfo(&self) -> bool {
        self.authority.is_some_and(|it| it.contains('@'))
    }

    /// Returns the path as written, empty when there is none.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// Returns the query without its `?`.
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// Returns the fragment without its `#`.
    pub fn fragment(&self) -> Option<&'a str> {
        self.fragment
    }

    /// Tells whether both have the same origin: scheme, host and effective port.
    ///
    /// Custom schemes have no origin that could be shared (RFC 8252 section 7.1), so they never match.
    ///
    /// ```
    /// use journey_core::SplitUri;
    ///
    /// let one = SplitUri::parse("https://AM.example.com/am").unwrap();
    /// let two = SplitUri::parse("https://am.example.com:443/x").unwrap();
    /// assert!(one.same_origin(&two));
    /// ```
    pub fn same_origin(&self, other: &SplitUri<'_>) -> bool {
        let (Some(ours), Some(theirs)) = (self.host(), other.host()) else { return false };
        self.is_http()
            && self.scheme.eq_ignore_ascii_case(other.scheme)
            && !self.has_userinfo()
            && !other.has_userinfo()
            && ours.eq_ignore_ascii_case(theirs)
            && self.port().is_some()
            && self.port() == other.port()
    }

    /// Tells whether it leads to a page of the web: by `https` or `http`, to a host, with no user before it.
    ///
    /// Ask before a program opens an address that a server has sent. Another scheme may start a program
    /// or show a file, and what stands before an `@` is easily taken for the host.
    ///
    /// ```
    /// use journey_core::SplitUri;
    ///
    /// let leads_to_a_page = |url| SplitUri::parse(url).is_some_and(|it| it.is_web_page());
    /// assert!(leads_to_a_page("https://login.example.com/?goto=x"));
    /// assert!(!leads_to_a_page("file:///etc/passwd"));
    /// assert!(!leads_to_a_page("https://login.example.com@evil.example.com/"));
    /// ```
    pub fn is_web_page(&self) -> bool {
        self.is_http() && self.host().is_some_and(|it| !it.is_empty()) && !self.has_userinfo()
    }

    /// Tells whether the scheme is `http` or `https`.
    pub(crate) fn is_http(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https") || self.scheme.eq_ignore_ascii_case("http")
    }

    fn host_and_port(&self) -> Option<(&'a str, Option<&'a str>)> {
        let authority = self.authority?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        // The colons inside [::1] are no port's.
        let after_brackets = host.rfind(']').map_or(0, |it| it + 1);
        Some(match host[after_brackets..].split_once(':') {
            None => (host, None),
            Some((rest, port)) => (&host[..after_brackets + rest.len()], Some(port)),
        })
    }
}

fn split_off(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> SplitUri<'_> {
        SplitUri::parse(text).unwrap()
    }

    #[test]
    fn custom_schemes_keep_their_whole_form() {
        assert_eq!((split("app:/cb").authority, split("app:/cb").path()), (None, "/cb"));
        assert_eq!((split("app://cb").host(), split("app://cb").path()), (Some("cb"), ""));
        assert_ne!(split("app:/cb").path(), split("app:/cb/").path());
        assert!(!split("app://cb").same_origin(&split("app://cb")));
    }

    #[test]
    fn origins_compare_by_scheme_host_and_effective_port() {
        assert!(split("https://am:443/").same_origin(&split("HTTPS://AM/x")));
        assert!(split("http://[::1]:80/").same_origin(&split("http://[::1]/")));
        for other in [
            "http://am/",
            "https://am:444/",
            "https://am.evil/",
            "https://am@evil/",
            "https://x@am/",
            "https://am:99999/",
        ] {
            assert!(!split("https://am/").same_origin(&split(other)), "{other}");
        }
    }

    #[test]
    fn a_page_of_the_web_is_told_from_what_would_start_a_program() {
        for page in ["https://am/", "HTTP://am.example.com:8080?x", "https://[::1]/#x"] {
            assert!(split(page).is_web_page(), "{page}");
        }
        for other in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "com.example.app:/callback",
            "ms-settings://am/",
            "https:am",
            "https:///am",
            "https://:443/",
            "https://am@evil/",
        ] {
            assert!(!split(other).is_web_page(), "{other}");
        }
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in ["", "no-scheme", ":/x", "1app:/x", "a b:/x", "https://am/\n", "ht_tp://x"] {
            assert!(SplitUri::parse(text).is_none(), "{text:?}");
        }
    }
}
