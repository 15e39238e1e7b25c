//! Which issuer a server may have.

use journey_core::{Realm, Server, SplitUri};

use crate::{
    error::{Error, ErrorKind},
    text,
};

/// Checks the issuer that a discovery document, or a stored token, names.
///
/// A configured issuer must be the very same text: case, port and slashes count, because other
/// programs compare it that way too. Without one the issuer must have the server's origin and one of
/// the forms AM gives it for the realm: AM's own is not always the URL that was asked (OpenAM 16
/// says `../oauth2` for the root realm).
pub(crate) fn check(
    issuer: &str,
    configured: Option<&str>,
    server: &Server,
    realm: &Realm,
) -> Result<(), Error> {
    let shown = || text::cut(issuer);
    match configured {
        Some(configured) if issuer == configured => Ok(()),
        Some(configured) => Err(Error::new(
            ErrorKind::Issuer,
            format!(
                "the server says its issuer is {:?}, but {configured:?} is configured",
                shown()
            ),
        )),
        None if has_form_of(issuer, server, realm) => Ok(()),
        None => Err(Error::new(
            ErrorKind::Issuer,
            format!(
                "the server says its issuer is {:?}, which does not belong to {} realm {realm}; \
                 if it is right, configure it with issuer(..)",
                shown(),
                server.url()
            ),
        )),
    }
}

fn has_form_of(issuer: &str, server: &Server, realm: &Realm) -> bool {
    let (Some(theirs), Some(ours)) = (SplitUri::parse(issuer), SplitUri::parse(server.url()))
    else {
        return false;
    };
    if !theirs.same_origin(&ours) || theirs.query().is_some() || theirs.fragment().is_some() {
        return false;
    }
    let Some(rest) = theirs.path().strip_prefix(ours.path()) else { return false };
    let Some(rest) = rest.strip_prefix("/oauth2") else { return false };
    let full = format!("/realms/{}", realm.path());
    match realm.is_root() {
        true => rest.is_empty() || rest == full,
        false => rest == full || rest == realm.as_str() || rest == full.replace("/root", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(issuer: &str, configured: Option<&str>, realm: &str) -> bool {
        let server = Server::new("https://am.example.com/am").unwrap();
        check(issuer, configured, &server, &realm.parse().unwrap()).is_ok()
    }

    #[test]
    fn a_configured_issuer_must_match_byte_for_byte() {
        let configured = Some("https://am.example.com:443/am/oauth2");
        assert!(ok("https://am.example.com:443/am/oauth2", configured, "/"));
        for other in [
            "https://am.example.com/am/oauth2",
            "https://am.example.com:443/am/oauth2/",
            "https://AM.example.com:443/am/oauth2",
            "HTTPS://am.example.com:443/am/oauth2",
            "https://am.example.com:443/am/%6Fauth2",
            "",
        ] {
            assert!(!ok(other, configured, "/"), "{other}");
        }
    }

    #[test]
    fn without_one_the_issuer_has_the_servers_origin_and_a_form_of_the_realm() {
        assert!(ok("https://am.example.com/am/oauth2", None, "/"));
        assert!(ok("https://am.example.com:443/am/oauth2", None, "/"));
        assert!(ok("https://am.example.com/am/oauth2/realms/root", None, "/"));
        assert!(ok("https://am.example.com/am/oauth2/realms/root/realms/alpha", None, "alpha"));
        assert!(ok("https://am.example.com/am/oauth2/alpha", None, "alpha"));
        for (issuer, realm) in [
            ("https://am.example.com/am/oauth2", "alpha"),
            ("https://am.example.com/am/oauth2/realms/root/realms/alpha", "/"),
            ("https://am.example.com/am/oauth2/realms/root/realms/beta", "alpha"),
            ("https://am.example.com/am/oauth2/alpha/", "alpha"),
            ("https://evil.example.com/am/oauth2", "/"),
            ("https://am.example.com:8443/am/oauth2", "/"),
            ("http://am.example.com/am/oauth2", "/"),
            ("https://am.example.com/am/oauth2?x", "/"),
            ("https://x@am.example.com/am/oauth2", "/"),
            ("https://am.example.com/other/oauth2", "/"),
        ] {
            assert!(!ok(issuer, None, realm), "{issuer} {realm}");
        }
    }

    #[test]
    fn the_error_says_which_issuer_to_configure() {
        let server = Server::new("https://am.example.com/am").unwrap();
        let error = check("https://login.example.com/x", None, &server, &Realm::root());
        let text = error.unwrap_err().to_string();
        assert!(text.contains(r#""https://login.example.com/x""#), "{text}");
        assert!(text.contains("issuer(..)"), "{text}");
    }
}
