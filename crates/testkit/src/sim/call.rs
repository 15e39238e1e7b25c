//! A request as the handlers see it.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use http::{HeaderMap, Method, request};

use crate::encoding::{decoded, from_base64};
use crate::sim::oauth::Peer;

/// A request, with its path and query taken apart.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// `https://am.example.com`: what the client called this server.
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Who is at the other end of a TLS connection.
    pub(crate) peer: Option<Peer>,
}

impl Call {
    pub(crate) fn new(parts: request::Parts, body: Bytes, origin: Option<&str>) -> Self {
        let authority = match parts.uri.authority() {
            Some(authority) => authority.as_str().to_owned(),
            None => parts
                .headers
                .get(HOST)
                .and_then(|host| host.to_str().ok())
                .unwrap_or("localhost")
                .to_owned(),
        };
        let peer = parts.extensions.get::<Peer>().cloned();
        let over_tls = if peer.is_some() { "https" } else { "http" };
        let scheme = parts.uri.scheme_str().unwrap_or(over_tls);
        Self {
            origin: origin.map_or_else(|| format!("{scheme}://{authority}"), str::to_owned),
            path: parts.uri.path().to_owned(),
            query: form(parts.uri.query().unwrap_or_default().as_bytes()),
            method: parts.method,
            headers: parts.headers,
            body,
            peer,
        }
    }

    /// The host's name without scheme and port, as cookies name it.
    pub(crate) fn host(&self) -> &str {
        let authority = self.origin.split_once("://").map_or(&*self.origin, |(_, rest)| rest);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    pub(crate) fn asks(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    pub(crate) fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(';'))
            .filter_map(|it| it.trim().split_once('='))
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn content_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        value.unwrap_or_default().split(';').next().unwrap_or_default().trim()
    }

    /// The form fields of the body.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form(&self.body)
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization("Bearer")
    }

    /// User and password of a `Basic` header, both form-decoded (RFC 6749 section 2.3.1).
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let text = String::from_utf8(from_base64(self.authorization("Basic")?)?).ok()?;
        let (user, password) = text.split_once(':')?;
        let plain = |it: &str| decoded(&it.replace('+', " "));
        Some((plain(user), plain(password)))
    }

    fn authorization(&self, scheme: &str) -> Option<&str> {
        let value = self.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (name, rest) = value.split_once(' ')?;
        name.eq_ignore_ascii_case(scheme).then_some(rest.trim())
    }
}

pub(crate) fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn form(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).into_owned().collect()
}
