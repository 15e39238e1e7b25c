//! The rules of RFC 6265 about hosts, domains and paths.

use std::net::IpAddr;

use http::Uri;

use crate::target;

/// Returns the host of a URL in the form cookies are compared by.
pub(super) fn host(uri: &Uri) -> Option<String> {
    uri.host().map(str::to_ascii_lowercase)
}

/// Tells whether secure cookies may travel: over TLS, or without leaving this machine.
pub(super) fn is_safe(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https") || uri.host().is_some_and(target::is_loopback)
}

/// Decides about a `Domain` attribute: the domain to keep, and whether it means this host only.
///
/// AM sets its session cookie once per configured domain, so foreign ones are common and ignored.
pub(super) fn accept_domain(domain: &str, host: &str) -> Option<(String, bool)> {
    let domain = domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase();
    if domain == host {
        // For an address or a name without dots nothing can be below it.
        return Some((domain, is_address(host) || !host.contains('.')));
    }
    // A name without a dot is a top-level domain: a cookie for it would go to strangers.
    let allowed = domain.contains('.') && domain_matches(host, &domain);
    allowed.then_some((domain, false))
}

pub(super) fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain
        || (!is_address(host) && host.strip_suffix(domain).is_some_and(|it| it.ends_with('.')))
}

/// Section 5.1.4: the folder of the path that set the cookie.
pub(super) fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

pub(super) fn path_matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

/// Names that begin this way promise how they were set.
pub(super) fn keeps_prefix(name: &str, secure: bool, host_only: bool, path: &str) -> bool {
    let begins =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix));
    if begins("__Host-") {
        return secure && host_only && path == "/";
    }
    !begins("__Secure-") || secure
}

/// Refuses what would end a header or start another cookie.
pub(super) fn may_be_sent(name: &str, value: &str) -> bool {
    let clean = |it: &str| it.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';');
    clean(name) && clean(value) && !name.contains('=')
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_accepted_only_from_a_host_under_it() {
        let kept = |domain, host| accept_domain(domain, host);
        assert_eq!(kept("example.com", "am.example.com"), Some(("example.com".into(), false)));
        assert_eq!(kept(".Example.com", "am.example.com"), Some(("example.com".into(), false)));
        assert_eq!(
            kept("am.example.com", "am.example.com"),
            Some(("am.example.com".into(), false))
        );
        assert_eq!(kept("localhost", "localhost"), Some(("localhost".into(), true)));
        assert_eq!(kept("127.0.0.1", "127.0.0.1"), Some(("127.0.0.1".into(), true)));
        assert_eq!(kept("com", "am.example.com"), None);
        assert_eq!(kept("other.org", "am.example.com"), None);
        assert_eq!(kept("ample.com", "am.example.com"), None);
        assert_eq!(kept("0.0.1", "127.0.0.1"), None);
    }

    #[test]
    fn a_path_covers_itself_and_what_is_below() {
        assert!(path_matches("/am/json", "/am"));
        assert!(path_matches("/am", "/am"));
        assert!(path_matches("/am/json", "/am/"));
        assert!(!path_matches("/amber", "/am"));
        assert_eq!(default_path("/am/json"), "/am");
        assert_eq!(default_path("/am"), "/");
        assert_eq!(default_path(""), "/");
    }

    #[test]
    fn a_name_with_a_promise_must_keep_it() {
        assert!(keeps_prefix("__Host-a", true, true, "/"));
        assert!(!keeps_prefix("__Host-a", true, false, "/"));
        assert!(!keeps_prefix("__host-a", true, true, "/am"));
        assert!(!keeps_prefix("__Secure-a", false, true, "/"));
        assert!(keeps_prefix("a", false, false, "/am"));
    }

    #[test]
    fn what_could_break_a_header_is_refused() {
        assert!(may_be_sent("a", "AQIC5w.*AAJTSQ==*"));
        assert!(!may_be_sent("a", "b\r\nc"));
        assert!(!may_be_sent("a", "b;c"));
        assert!(!may_be_sent("a\tb", "c"));
    }
}
