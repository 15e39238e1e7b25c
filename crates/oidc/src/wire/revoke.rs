//! Tokens ended at the server (RFC 7009).

use journey_core::{Account, OAuthError, TokenError, TokenErrorKind};
use secrecy::SecretString;

use crate::{
    client::Inner,
    failure,
    form::Form,
    jose, text,
    wire::{is_page, post},
};

const DOING: &str = "revoke the tokens";

impl Inner {
    /// Ends one token; with a refresh token AM ends everything that came from its grant.
    ///
    /// A token the server does not know is as good as ended.
    pub(crate) async fn revoke_token(
        &self,
        who: &Account,
        token: &SecretString,
        hint: &str,
    ) -> Result<(), TokenError> {
        let metadata = self.metadata(who).await?;
        let Some(url) = &metadata.endpoints.revocation else {
            let message = "the server has no revocation endpoint that is known here";
            return Err(TokenError::new(TokenErrorKind::Misconfigured, message));
        };
        let mut form = Form::new();
        form.add_secret("token", token);
        form.add("token_type_hint", hint);
        let authorization = self
            .config
            .auth
            .apply(&mut form, &self.config.client_id, &metadata.endpoints.token, self.clock.now())
            .map_err(|it| failure::rejected(DOING, it))?;
        let response = self.send(DOING, who, post(DOING, url, form, authorization)?).await?;
        let status = response.status();
        let mut sent = vec![token];
        sent.extend(self.config.auth.secret());
        let error = jose::object(response.body()).and_then(|body| {
            // AM quotes the token in `error_description` (seen on OpenAM 16.0.5), so only the word
            // is kept.
            Some(text::word(Some(body.get("error")?.as_str()?), &sent))
        });
        match (status.as_u16(), error) {
            (200..=299, None) if !is_page(&response) => Ok(()),
            (429 | 500..=599, _) => {
                Err(failure::unavailable(DOING, status, response.headers(), self.clock.now()))
            }
            (_, Some(error)) => {
                Err(failure::refused(DOING, OAuthError::new(error).status(status.as_u16())))
            }
            _ => Err(failure::unavailable(DOING, status, response.headers(), self.clock.now())),
        }
    }
}
