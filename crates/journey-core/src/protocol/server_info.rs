//! `/json/serverinfo/*`: how the session cookie is called.

use http::{Request, Response, header};
use secrecy::SecretString;
use serde_json::Value;

use crate::{error::Error, realm::Realm, server::Server};

impl Server {
    /// Makes the request that asks for the name of the session cookie. It needs no sign-in.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when the URL can't be put together.
    pub fn info_request(&self, realm: &Realm) -> Result<Request<SecretString>, Error> {
        Request::get(self.json_url(realm, "serverinfo/*?_fields=cookieName"))
            .header("Accept-API-Version", "resource=1.1, protocol=1.0")
            .header(header::ACCEPT, "application/json")
            .body(SecretString::default())
            .map_err(|source| {
                Error::misuse("could not make the server info request").with_source(source)
            })
    }

    /// Reads the answer, remembers the cookie's name and returns it.
    ///
    /// # Errors
    /// [`Error`] of kind `Unreadable` or `Server` when the answer has no usable name.
    pub fn read_info(&self, response: &Response<impl AsRef<[u8]>>) -> Result<&str, Error> {
        let status = response.status();
        if !status.is_success() {
            return Err(Error::server_failed(status, None));
        }
        let body: Value = serde_json::from_slice(response.body().as_ref())
            .map_err(|_| Error::unreadable(status, "the server info is not JSON"))?;
        let name = body.get("cookieName").and_then(Value::as_str).filter(|it| is_token(it));
        let name = name
            .ok_or_else(|| Error::unreadable(status, "the server info names no session cookie"))?;
        Ok(self.set_cookie_name(name))
    }
}

/// Tells whether the text may be the name of a cookie (RFC 6265 section 4.1.1, a token).
fn is_token(text: &str) -> bool {
    let allowed = |it: u8| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it);
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<String, Error> {
        let server = Server::new("https://am.example.com/am").unwrap();
        let response = Response::builder().status(status).body(body.to_owned()).unwrap();
        server.read_info(&response).map(str::to_owned)
    }

    #[test]
    fn the_cookie_name_is_read_and_remembered() {
        let server = Server::new("https://am.example.com/am").unwrap();
        let response = Response::new(r#"{"cookieName":"6ac6499e9da2071"}"#);
        assert_eq!(server.read_info(&response).unwrap(), "6ac6499e9da2071");
        assert_eq!(server.cookie_name(), Some("6ac6499e9da2071"));
    }

    #[test]
    fn an_answer_without_a_usable_name_is_an_error() {
        for body in ["", "<html>", "{}", r#"{"cookieName":""}"#, r#"{"cookieName":"a=b; c"}"#] {
            assert!(read(200, body).is_err(), "{body}");
        }
        assert!(read(503, r#"{"cookieName":"x"}"#).is_err());
    }

    #[test]
    fn the_request_names_realm_and_version() {
        let server = Server::new("https://am.example.com/am").unwrap();
        let request = server.info_request(&"alpha".parse().unwrap()).unwrap();
        assert_eq!(
            request.uri(),
            "https://am.example.com/am/json/realms/root/realms/alpha/serverinfo/*?_fields=cookieName"
        );
        assert_eq!(request.headers()["Accept-API-Version"], "resource=1.1, protocol=1.0");
    }
}
