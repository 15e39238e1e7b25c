//! AM's session API, whose versions differ between servers.

use http::Request;
use journey_core::{Realm, Server, Session, SessionApi};
use journey_transport::{CookieJar, Idempotent};
use secrecy::SecretString;

use crate::{
    context::{Answer, Context},
    error::Error,
};

/// A request of [`Session`], for a version of the API.
type MakeRequest =
    fn(&Session, &Server, &Realm, SessionApi) -> Result<Request<SecretString>, journey_core::Error>;

impl Context {
    /// Asks about or for a session.
    ///
    /// OpenAM knows only the older versions of this API and answers 404 to the newer ones (PingAM the
    /// other way round), so the other version is tried once, and what worked is remembered.
    pub(crate) async fn session_call(
        &self,
        session: &Session,
        jar: &CookieJar,
        make: MakeRequest,
    ) -> Result<Answer, Error> {
        self.cookie_name().await?;
        let server = &self.parts.server;
        let api = server.session_api().unwrap_or(SessionApi::Current);
        let answer = self.session_request(session, jar, make, api).await?;
        if !Session::is_unknown_version(&answer) {
            server.set_session_api(api);
            return Ok(answer);
        }
        let other = match api {
            SessionApi::Current => SessionApi::Legacy,
            _ => SessionApi::Current,
        };
        let answer = self.session_request(session, jar, make, other).await?;
        if !Session::is_unknown_version(&answer) {
            server.set_session_api(other);
        }
        Ok(answer)
    }

    async fn session_request(
        &self,
        session: &Session,
        jar: &CookieJar,
        make: MakeRequest,
        api: SessionApi,
    ) -> Result<Answer, Error> {
        let parts = &self.parts;
        let request = make(session, &parts.server, &parts.realm, api);
        let mut request = request.map_err(Error::core)?;
        // Asked twice, the session is told, kept alive or ended just the same.
        request.extensions_mut().insert(Idempotent);
        self.send(request, jar).await
    }
}

/// What the server said of a session, which it may have quoted.
pub(crate) fn failed(error: journey_core::Error, session: &Session) -> Error {
    Error::core(error).hiding(std::slice::from_ref(session.value()))
}
