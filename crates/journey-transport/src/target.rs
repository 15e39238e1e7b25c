//! Where a request goes, said without anything secret.

use std::net::IpAddr;

use http::Uri;

/// Names the host and port of a URL, without user, path or query.
pub(crate) fn server(uri: &Uri) -> String {
    match (uri.host(), uri.port_u16()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::from("no host"),
    }
}

/// Tells whether a host is this machine by its name alone, with no look-up that could be forged.
///
/// RFC 6761, section 6.3: `localhost` and names under it always mean loopback.
pub(crate) fn is_loopback(host: &str) -> bool {
    // The usual names need no parser.
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return true;
    }
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return address.is_loopback();
    }
    is_localhost(bare)
}

/// Tells whether a name is `localhost` or one under it.
pub(crate) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        for host in [
            "localhost",
            "LOCALHOST",
            "am.localhost",
            "localhost.",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "am.example.com",
            "localhost.example.com",
            "notlocalhost",
            "10.0.0.1",
            "[::2]",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_server_is_named_without_user_path_or_query() {
        let uri = Uri::from_static("https://me:pw@am.example.com:8443/am?code=1");
        assert_eq!(server(&uri), "am.example.com:8443");
    }
}
