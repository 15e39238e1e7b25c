//! `/json/sessions`: asking about a session, keeping it alive, ending it.

use std::fmt;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{
    error::Error,
    node::ServerError,
    realm::Realm,
    server::{Server, SessionApi},
    session::Session,
};

/// Says how long a session lives and whose it is.
///
/// `Debug` shows no names: they are the user's.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionInfo(Map<String, Value>);

/// Says what became of the request to end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogoutAnswer {
    /// The session has ended now.
    Ended,
    /// The server did not know the session any more.
    AlreadyEnded,
}

impl SessionInfo {
    /// Returns the user's name; at PingOne Advanced Identity Cloud it is an identifier.
    pub fn username(&self) -> Option<&str> {
        self.text("username")
    }

    /// Returns the user's distinguished name.
    pub fn universal_id(&self) -> Option<&str> {
        self.text("universalId")
    }

    /// Returns the realm, as AM writes it.
    pub fn realm(&self) -> Option<&str> {
        self.text("realm")
    }

    /// Returns when the session was used last, as AM writes it: `2026-01-31T12:00:00Z`.
    pub fn latest_access_time(&self) -> Option<&str> {
        self.text("latestAccessTime")
    }

    /// Returns when the session ends unless it is used, in the same form.
    pub fn max_idle_expiration_time(&self) -> Option<&str> {
        self.text("maxIdleExpirationTime")
    }

    /// Returns when the session ends in any case, in the same form.
    pub fn max_session_expiration_time(&self) -> Option<&str> {
        self.text("maxSessionExpirationTime")
    }

    /// Returns everything the server said.
    pub fn as_json(&self) -> &Map<String, Value> {
        &self.0
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }
}

impl fmt::Debug for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionInfo").field(&self.0.keys().collect::<Vec<_>>()).finish()
    }
}

impl Session {
    /// Makes the request for [`SessionInfo`]. It does not count as use of the session at PingAM; at OpenAM it does.
    ///
    /// # Errors
    /// [`Error`] of kind `Misuse` when the name of the session cookie is not known yet.
    pub fn info_request(
        &self,
        server: &Server,
        realm: &Realm,
        api: SessionApi,
    ) -> Result<Request<SecretString>, Error> {
        self.request(server, realm, "getSessionInfo", info_version(api))
    }

    /// Makes the request that counts as use of the session, so that it lives on.
    ///
    /// # Errors
    /// As [`info_request`](Self::info_request).
    pub fn keep_alive_request(
        &self,
        server: &Server,
        realm: &Realm,
        api: SessionApi,
    ) -> Result<Request<SecretString>, Error> {
        match api {
            SessionApi::Current => {
                self.request(server, realm, "getSessionInfoAndResetIdleTime", info_version(api))
            }
            // OpenAM has no such action; there `validate`, of an older version still, counts as use.
            SessionApi::Legacy => {
                self.request(server, realm, "validate", "resource=1.2, protocol=1.0")
            }
        }
    }

    /// Makes the request that ends the session.
    ///
    /// # Errors
    /// As [`info_request`](Self::info_request).
    pub fn logout_request(
        &self,
        server: &Server,
        realm: &Realm,
        api: SessionApi,
    ) -> Result<Request<SecretString>, Error> {
        let version = match api {
            SessionApi::Current => "resource=3.1, protocol=1.0",
            SessionApi::Legacy => "resource=2.0, protocol=1.0",
        };
        self.request(server, realm, "logout", version)
    }

    /// Reads the answer to [`info_request`](Self::info_request) and
    /// [`keep_alive_request`](Self::keep_alive_request): none when the session has ended.
    ///
    /// # Errors
    /// [`Error`] when the answer says neither.
    pub fn read_info(response: &Response<impl AsRef<[u8]>>) -> Result<Option<SessionInfo>, Error> {
        let status = response.status();
        let body = serde_json::from_slice(response.body().as_ref());
        match (status, body) {
            (StatusCode::UNAUTHORIZED, Ok(_)) => Ok(None),
            // OpenAM answers so when it does not know the session that was asked about.
            (it, Ok(Value::Object(body)))
                if it.is_success() && body.get("valid") == Some(&Value::Bool(false)) =>
            {
                Ok(None)
            }
            (it, Ok(Value::Object(body))) if it.is_success() => Ok(Some(SessionInfo(body))),
            (_, body) => Err(failed(status, body.ok().as_ref())),
        }
    }

    /// Reads the answer to [`logout_request`](Self::logout_request).
    ///
    /// # Errors
    /// [`Error`] when the answer does not say that the session has ended.
    pub fn read_logout(response: &Response<impl AsRef<[u8]>>) -> Result<LogoutAnswer, Error> {
        let status = response.status();
        let body: Option<Value> = serde_json::from_slice(response.body().as_ref()).ok();
        match status {
            StatusCode::UNAUTHORIZED if body.is_some() => return Ok(LogoutAnswer::AlreadyEnded),
            it if it.is_success() => {}
            _ => return Err(failed(status, body.as_ref())),
        }
        let result = body.as_ref().and_then(|it| it.get("result")).and_then(Value::as_str);
        match result {
            Some("Token has expired") => Ok(LogoutAnswer::AlreadyEnded),
            Some(_) => Ok(LogoutAnswer::Ended),
            // A page with status 200 comes from something before AM.
            None => Err(Error::unreadable(status, "the answer to the log-out can't be read")),
        }
    }

    /// Tells whether an answer means that the server does not speak this version of the session API.
    ///
    /// OpenAM then answers 404 `Resource '' not found`; an unknown realm is another 404.
    pub fn is_unknown_version(response: &Response<impl AsRef<[u8]>>) -> bool {
        if response.status() != StatusCode::NOT_FOUND {
            return false;
        }
        let body = response.body().as_ref();
        if body.is_empty() {
            return true;
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(body)) => ServerError::from_json(&body, 404)
                .is_some_and(|it| it.message() == "Resource '' not found"),
            _ => false,
        }
    }

    fn request(
        &self,
        server: &Server,
        realm: &Realm,
        action: &str,
        version: &str,
    ) -> Result<Request<SecretString>, Error> {
        let failed = || Error::misuse("could not make the session request");
        let name = server
            .cookie_name()
            .ok_or_else(|| Error::misuse("the name of the session cookie is not known yet"))?;
        // The header shows the session just as the cookie does, and no jar can put another one in its
        // place. PingAM takes the subject from the body, OpenAM from the header.
        let header_name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| failed())?;
        let mut value =
            HeaderValue::from_str(self.value().expose_secret()).map_err(|_| failed())?;
        value.set_sensitive(true);
        Request::post(server.json_url(realm, &format!("sessions?_action={action}")))
            .header("Accept-API-Version", version)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(header_name, value)
            .body("{}".into())
            .map_err(|source| failed().with_source(source))
    }
}

fn info_version(api: SessionApi) -> &'static str {
    match api {
        SessionApi::Current => "resource=4.0, protocol=1.0",
        SessionApi::Legacy => "resource=2.0, protocol=1.0",
    }
}

fn failed(status: StatusCode, body: Option<&Value>) -> Error {
    let server = match body {
        Some(Value::Object(body)) => ServerError::from_json(body, status.as_u16()),
        _ => None,
    };
    Error::server_failed(status, server)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response<String> {
        Response::builder().status(status).body(body.to_owned()).unwrap()
    }

    #[test]
    fn a_session_shows_itself_in_a_sensitive_header() {
        let server = Server::new("https://am.example.com/am").unwrap();
        let session = Session::new("AQIC5w..*", None, Realm::root());
        let missing = session.logout_request(&server, &Realm::root(), SessionApi::Current);
        assert!(missing.is_err(), "the cookie's name is not known yet");

        server.set_cookie_name("iPlanetDirectoryPro");
        let request = session.logout_request(&server, &Realm::root(), SessionApi::Current).unwrap();
        let header = &request.headers()["iPlanetDirectoryPro"];
        assert_eq!(header, "AQIC5w..*");
        assert!(header.is_sensitive());
        assert_eq!(request.headers()["Accept-API-Version"], "resource=3.1, protocol=1.0");
        assert_eq!(
            request.uri(),
            "https://am.example.com/am/json/realms/root/sessions?_action=logout"
        );
    }

    #[test]
    fn a_log_out_of_a_dead_session_is_done() {
        let denied = r#"{"code":401,"reason":"Unauthorized","message":"Access Denied"}"#;
        let expired = r#"{"result":"Token has expired"}"#;
        let ended = r#"{"result":"Successfully logged out"}"#;
        let read = |status, body| Session::read_logout(&answer(status, body));
        assert_eq!(read(401, denied).unwrap(), LogoutAnswer::AlreadyEnded);
        assert_eq!(read(200, expired).unwrap(), LogoutAnswer::AlreadyEnded);
        assert_eq!(read(200, ended).unwrap(), LogoutAnswer::Ended);
        for (status, body) in [(200, "<html>"), (401, "<html>"), (503, ended), (403, denied)] {
            assert!(read(status, body).is_err(), "{status} {body}");
        }
    }

    #[test]
    fn a_dead_session_has_no_info() {
        let read = |status, body| Session::read_info(&answer(status, body));
        assert_eq!(read(401, r#"{"code":401}"#).unwrap(), None);
        assert_eq!(read(200, r#"{"valid":false}"#).unwrap(), None);
        let info = read(200, r#"{"username":"bjensen"}"#).unwrap().unwrap();
        assert_eq!(info.username(), Some("bjensen"));
        for (status, body) in [(401, "<html>"), (200, "<html>"), (500, "{}"), (403, "{}")] {
            assert!(read(status, body).is_err(), "{status} {body}");
        }
    }

    #[test]
    fn an_unknown_version_is_not_an_unknown_realm() {
        let version =
            r#"{"code":404,"reason":"Not Found","message":"Resource &#39;&#39; not found"}"#;
        let realm =
            r#"{"code":404,"reason":"Not Found","message":"Realm &quot;/x&quot; not found"}"#;
        assert!(Session::is_unknown_version(&answer(404, version)));
        assert!(!Session::is_unknown_version(&answer(404, realm)));
        assert!(!Session::is_unknown_version(&answer(404, "<html>")));
    }
}
