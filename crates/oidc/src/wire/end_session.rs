//! The OpenID Connect session ended (RP-Initiated Logout 1.0).

use http::header;
use journey_core::{Account, OAuthError, SplitUri, TokenError, TokenErrorKind};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use crate::{
    client::Inner,
    error::{Error, ErrorKind},
    failure,
    form::Form,
    jose, random, text,
    wire::{get, is_page},
};

const DOING: &str = "end the OpenID Connect session";

impl Inner {
    /// Ends the session that the id_token came from; one that has expired will do.
    pub(crate) async fn end_session(
        &self,
        who: &Account,
        id_token: &SecretString,
    ) -> Result<(), TokenError> {
        let metadata = self.metadata(who).await?;
        let Some(url) = &metadata.endpoints.end_session else {
            let message = "the server has no end session endpoint that is known here";
            return Err(TokenError::new(TokenErrorKind::Misconfigured, message));
        };
        let state = random::token().map_err(|it| failure::rejected(DOING, it))?;
        let mut form = Form::new();
        form.add_secret("id_token_hint", id_token);
        form.add("client_id", &self.config.client_id);
        if let Some(uri) = &self.config.post_logout_redirect_uri {
            form.add("post_logout_redirect_uri", uri);
            form.add_secret("state", &state);
        }
        let form = form.into_secret();
        let joint = if url.contains('?') { '&' } else { '?' };
        let request = get(DOING, &format!("{url}{joint}{}", form.expose_secret()))?;
        let response = self.send(DOING, who, request).await?;
        let status = response.status();
        let unavailable =
            || failure::unavailable(DOING, status, response.headers(), self.clock.now());
        let error = jose::object(response.body()).and_then(|body| {
            Some(text::word(Some(body.get("error")?.as_str()?), &[id_token, &state]))
        });
        match (status.as_u16(), error, &self.config.post_logout_redirect_uri) {
            (200..=299, None, _) if !is_page(&response) => Ok(()),
            (300..=399, _, Some(expected)) => {
                let location = response.headers().get(header::LOCATION);
                let location = location.and_then(|it| it.to_str().ok()).unwrap_or_default();
                came_back(location, expected, &state).map_err(|it| failure::rejected(DOING, it))
            }
            (429 | 500..=599, _, _) => Err(unavailable()),
            (200..=299, word @ Some(_), _) | (400..=499, word, _) => {
                let error = OAuthError::new(word.unwrap_or_else(|| text::word(None, &[])));
                Err(failure::refused(DOING, error.status(status.as_u16())))
            }
            // A page, or the way to one that nobody asked for: a login of something before the server, or
            // a question to the user, whom nobody asks here.
            _ => Err(unavailable()),
        }
    }
}

/// Holds the place and the state that came back against those that were sent.
fn came_back(location: &str, expected: &str, state: &SecretString) -> Result<(), Error> {
    let wrong = |what: &str| Error::new(ErrorKind::EndSession, what);
    let place = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    if place(location) != place(expected) {
        return Err(wrong("the server redirected to another place than was asked for"));
    }
    let query = SplitUri::parse(location).and_then(|it| it.query()).unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    match pairs.find(|(name, _)| name == "state") {
        Some((_, value)) if text::same_secret(&value, state.expose_secret()) => Ok(()),
        _ => Err(wrong("the state that came back is not the one that was sent")),
    }
}
