//! The discovery document (OpenID Connect Discovery section 3).

use journey_core::{Realm, Server, SplitUri};
use serde_json::{Map, Value};

use crate::{client_auth::ClientAuth, endpoints::Endpoints, error::Error, issuer, jose, text};

/// What is known of a server's realm as an OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) endpoints: Endpoints,
    /// RFC 9207: the answer to an authorization request must name the issuer.
    pub(crate) names_issuer_in_answer: bool,
}

impl Metadata {
    /// Returns where a realm's document is.
    pub(crate) fn url(server: &Server, realm: &Realm) -> String {
        let path = realm.path();
        format!("{}/oauth2/realms/{path}/.well-known/openid-configuration", server.url())
    }

    /// Reads and checks the document, for a client that authenticates itself this way.
    pub(crate) fn read(
        body: &[u8],
        configured_issuer: Option<&str>,
        auth: &ClientAuth,
        server: &Server,
        realm: &Realm,
    ) -> Result<Self, Error> {
        let document = jose::object(body)
            .ok_or_else(|| Error::discovery("the discovery document is no JSON object"))?;
        let issuer = required(&document, "issuer")?;
        issuer::check(issuer, configured_issuer, server, realm)?;
        // RFC 8705 section 5: elsewhere the server may not ask for a certificate. The authorization
        // endpoint has no alias: the session shows who asks there.
        let aliases = match auth {
            ClientAuth::Certificate => document.get("mtls_endpoint_aliases"),
            _ => None,
        };
        let text = |it: &Value| it.as_str().map(str::to_owned);
        let alias = |name: &str| aliases.and_then(|it| it.get(name)).and_then(text);
        let optional = |name: &str| alias(name).or_else(|| document.get(name).and_then(text));
        let token = required(&document, "token_endpoint")?;
        let endpoints = Endpoints {
            authorization: required(&document, "authorization_endpoint")?.to_owned(),
            token: alias("token_endpoint").unwrap_or_else(|| token.to_owned()),
            jwks: document.get("jwks_uri").and_then(text),
            user_info: optional("userinfo_endpoint"),
            revocation: optional("revocation_endpoint"),
            end_session: optional("end_session_endpoint"),
        };
        let names_issuer = document.get("authorization_response_iss_parameter_supported");
        Self {
            issuer: issuer.to_owned(),
            endpoints: endpoints.with_derived(),
            names_issuer_in_answer: names_issuer == Some(&Value::Bool(true)),
        }
        .checked(server)
    }

    /// Takes endpoints that were set by hand.
    pub(crate) fn explicit(
        issuer: &str,
        endpoints: &Endpoints,
        server: &Server,
    ) -> Result<Self, Error> {
        let issuer = issuer.to_owned();
        let endpoints = endpoints.clone();
        Self { issuer, endpoints, names_issuer_in_answer: false }.checked(server)
    }

    /// Makes sure that secrets go only where they belong: the session to the server that gave it,
    /// tokens nowhere without TLS.
    fn checked(self, server: &Server) -> Result<Self, Error> {
        let ours = SplitUri::parse(server.url())
            .ok_or_else(|| Error::discovery("the server's URL can't be read"))?;
        let Endpoints { authorization, token, jwks, user_info, revocation, end_session } =
            &self.endpoints;
        let optional = [jwks, user_info, revocation, end_session].into_iter().flatten();
        for url in [authorization, token].into_iter().chain(optional) {
            let parts = SplitUri::parse(url).filter(|it| it.fragment().is_none());
            let shown = || text::cut(url);
            let parts =
                parts.ok_or_else(|| Error::discovery(format!("{:?} is no endpoint", shown())))?;
            let secure = parts.scheme().eq_ignore_ascii_case("https")
                && parts.host().is_some_and(|it| !it.is_empty())
                && !parts.has_userinfo();
            // A server on loopback without TLS was allowed by the caller; its own origin is as good.
            if !secure && !parts.same_origin(&ours) {
                return Err(Error::discovery(format!("{:?} is no https URL", shown())));
            }
        }
        let authorization = SplitUri::parse(authorization);
        if !authorization.is_some_and(|it| it.same_origin(&ours)) {
            return Err(Error::discovery(format!(
                "the authorization endpoint {:?} is not at {}, so the session must not be sent there",
                text::cut(&self.endpoints.authorization),
                server.url()
            )));
        }
        Ok(self)
    }
}

fn required<'a>(document: &'a Map<String, Value>, name: &str) -> Result<&'a str, Error> {
    let value = document.get(name).and_then(Value::as_str);
    value.ok_or_else(|| Error::discovery(format!("the discovery document names no {name}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::ErrorKind;

    const BASE: &str = "https://am.example.com/am/oauth2";

    /// What OpenAM 16.0.5 says, as far as it matters here.
    fn openam() -> Value {
        json!({
            "issuer": BASE,
            "authorization_endpoint": format!("{BASE}/authorize"),
            "token_endpoint": format!("{BASE}/access_token"),
            "userinfo_endpoint": format!("{BASE}/userinfo"),
            "end_session_endpoint": format!("{BASE}/connect/endSession"),
            "jwks_uri": format!("{BASE}/connect/jwk_uri"),
        })
    }

    fn read(document: &Value) -> Result<Metadata, Error> {
        read_as(&ClientAuth::None, document)
    }

    fn read_as(auth: &ClientAuth, document: &Value) -> Result<Metadata, Error> {
        let server = Server::new("https://am.example.com/am").unwrap();
        Metadata::read(document.to_string().as_bytes(), None, auth, &server, &Realm::root())
    }

    /// Where everything goes for a client with a certificate, and what the server says besides.
    fn with_aliases(aliases: Value) -> Value {
        let mut document = openam();
        document["revocation_endpoint"] = format!("{BASE}/token/revoke").into();
        document["mtls_endpoint_aliases"] = aliases;
        document
    }

    #[test]
    fn a_revocation_endpoint_that_is_not_announced_is_derived() {
        let endpoints = read(&openam()).unwrap().endpoints;
        assert_eq!(endpoints.revocation.unwrap(), format!("{BASE}/token/revoke"));
    }

    #[test]
    fn an_announced_endpoint_is_taken_as_it_is() {
        let mut document = openam();
        document["revocation_endpoint"] = "https://am.example.com/elsewhere".into();
        let endpoints = read(&document).unwrap().endpoints;
        assert_eq!(endpoints.revocation.unwrap(), "https://am.example.com/elsewhere");
    }

    #[test]
    fn the_session_is_never_sent_to_another_origin() {
        let mut document = openam();
        document["authorization_endpoint"] = "https://evil.example.com/authorize".into();
        let error = read(&document).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Discovery);
        assert!(error.to_string().contains("session"), "{error}");
    }

    #[test]
    fn an_endpoint_without_tls_is_refused() {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            for url in ["http://am.example.com/x", "ftp://am.example.com/", "nonsense", ""] {
                let mut document = openam();
                document[name] = url.into();
                assert!(read(&document).is_err(), "{name} {url}");
            }
        }
    }

    #[test]
    fn an_endpoint_without_a_host_is_refused() {
        for url in ["https:/x", "https:///x", "https://:443/x"] {
            let mut document = openam();
            document["jwks_uri"] = url.into();
            assert_eq!(read(&document).unwrap_err().kind(), ErrorKind::Discovery, "{url}");
        }
    }

    #[test]
    fn an_error_shows_no_more_of_a_document_than_fits_a_line() {
        let long = "x".repeat(5000);
        for name in ["issuer", "authorization_endpoint", "token_endpoint"] {
            for start in ["", "http://evil.example.com/", "ftp://"] {
                let mut document = openam();
                document[name] = format!("{start}{long}").into();
                let text = read(&document).map(|_| ()).unwrap_err().to_string();
                assert!(text.len() < 500, "{text}");
            }
        }
    }

    #[test]
    fn a_document_that_lacks_what_is_needed_is_refused() {
        for name in ["issuer", "authorization_endpoint", "token_endpoint"] {
            let mut document = openam();
            document[name] = Value::Null;
            assert_eq!(read(&document).unwrap_err().kind(), ErrorKind::Discovery, "{name}");
        }
    }

    #[test]
    fn a_client_with_a_certificate_goes_where_one_is_asked_for() {
        let alias = |it: &str| format!("https://mtls.example.com/{it}");
        let names = ["token", "revocation", "userinfo", "end_session", "authorization"];
        let aliases = names.map(|it| (format!("{it}_endpoint"), Value::from(alias(it))));
        let document = with_aliases(aliases.into_iter().collect());

        let metadata = read_as(&ClientAuth::Certificate, &document).unwrap();

        let expected = Endpoints::new(format!("{BASE}/authorize"), alias("token"))
            .jwks(format!("{BASE}/connect/jwk_uri"))
            .revocation(alias("revocation"))
            .user_info(alias("userinfo"))
            .end_session(alias("end_session"));
        assert_eq!(metadata.endpoints, expected);
        assert_eq!(metadata.issuer, BASE);
    }

    #[test]
    fn what_has_no_alias_goes_where_all_clients_go() {
        for (aliases, token) in [
            (json!({ "token_endpoint": "https://mtls.example.com/t" }), "mtls.example.com/t"),
            (json!({ "introspection_endpoint": "https://mtls.example.com/i" }), "access_token"),
            (json!({ "token_endpoint": null }), "access_token"),
            (Value::Null, "access_token"),
        ] {
            let ordinary = read(&with_aliases(Value::Null)).unwrap().endpoints;
            let read = read_as(&ClientAuth::Certificate, &with_aliases(aliases)).unwrap().endpoints;
            assert!(read.token.ends_with(token), "{read:?}");
            assert_eq!(Endpoints { token: ordinary.token.clone(), ..read }, ordinary);
        }
    }

    #[test]
    fn a_revocation_endpoint_that_nobody_announces_is_derived_where_the_client_is_known() {
        let mut document = openam();
        document["mtls_endpoint_aliases"] =
            json!({ "token_endpoint": "https://mtls.example.com/oauth2/access_token" });
        let derived = |auth| read_as(&auth, &document).unwrap().endpoints.revocation.unwrap();
        let expected = "https://mtls.example.com/oauth2/token/revoke";
        assert_eq!(derived(ClientAuth::Certificate), expected);
        assert_eq!(derived(ClientAuth::None), format!("{BASE}/token/revoke"));
    }

    #[test]
    fn an_alias_that_is_no_https_url_is_refused_by_whoever_would_use_it() {
        for name in ["token", "revocation", "userinfo", "end_session"] {
            for url in ["http://mtls.example.com/x", "ftp://mtls.example.com/", "nonsense", ""] {
                let document = with_aliases(json!({ format!("{name}_endpoint"): url }));
                let error = read_as(&ClientAuth::Certificate, &document).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Discovery, "{name} {url}");
                assert!(read(&document).is_ok(), "others have nothing to do with it: {name} {url}");
            }
        }
    }
}
