//! The session cookie: its name is asked for once, its value goes nowhere else.

use http::HeaderValue;
use journey_core::{Account, Session, TokenError, TokenErrorKind};
use journey_transport::{Body, Idempotent};
use secrecy::{ExposeSecret, zeroize::Zeroize};

use crate::{client::Inner, failure};

const DOING: &str = "ask how the session cookie is called";

impl Inner {
    /// Makes the `Cookie` header that carries the session.
    pub(super) async fn session_cookie(
        &self,
        who: &Account,
        session: &Session,
    ) -> Result<HeaderValue, TokenError> {
        let name = self.cookie_name(who).await?;
        cookie(&name, session)
    }

    async fn cookie_name(&self, who: &Account) -> Result<String, TokenError> {
        let server = who.server();
        if let Some(name) = server.cookie_name() {
            return Ok(name.to_owned());
        }
        let unusable = |error: journey_core::Error| {
            let kind = match error.kind() {
                journey_core::ErrorKind::Misuse => TokenErrorKind::Misconfigured,
                _ => TokenErrorKind::Transient,
            };
            TokenError::new(kind, format!("could not {DOING}")).with_source(error)
        };
        let mut request = server.info_request(who.realm()).map_err(unusable)?.map(Body::from);
        request.extensions_mut().insert(Idempotent);
        let response = self.send(DOING, who, request).await?;
        if matches!(response.status().as_u16(), 429 | 500..=599) {
            let (status, headers) = (response.status(), response.headers());
            return Err(failure::unavailable(DOING, status, headers, self.clock.now()));
        }
        server.read_info(&response).map(str::to_owned).map_err(unusable)
    }
}

fn cookie(name: &str, session: &Session) -> Result<HeaderValue, TokenError> {
    let mut text = format!("{name}={}", session.value().expose_secret());
    let header = HeaderValue::from_str(&text);
    text.zeroize();
    let mut header = header.map_err(|_| {
        TokenError::new(TokenErrorKind::NeedsSignIn, "the session can't be sent as a cookie")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use journey_core::Realm;

    use super::*;

    fn session(value: &str) -> Session {
        Session::new(value, None, Realm::root())
    }

    #[test]
    fn the_cookie_is_marked_so_that_no_layer_below_shows_it() {
        let cookie = cookie("iPlanetDirectoryPro", &session("AQIC5wM2LY4Sfcw")).unwrap();
        assert_eq!(cookie, "iPlanetDirectoryPro=AQIC5wM2LY4Sfcw");
        assert!(cookie.is_sensitive());
        assert!(!format!("{cookie:?}").contains("AQIC5wM2LY4Sfcw"));
    }

    #[test]
    fn a_session_that_fits_no_header_needs_a_new_sign_in_and_is_not_quoted() {
        let error = cookie("iPlanetDirectoryPro", &session("AQIC5\r\nx: y")).unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::NeedsSignIn);
        assert!(!format!("{error:?}").contains("AQIC5"), "{error:?}");
    }
}
