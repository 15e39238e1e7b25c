//! Who the user is (OpenID Connect Core section 5.3).

use http::{Response, header};
use journey_core::{AccessToken, Account, TokenError, TokenErrorKind, UserInfo};
use serde_json::{Map, Value};

use crate::{
    client::Inner,
    discovery::Metadata,
    error::{Error, ErrorKind},
    failure,
    jose::{self, Jws},
    text,
    wire::get,
};

const DOING: &str = "ask who the user is";

/// What the server said to the token.
pub(crate) enum Told {
    Claims(UserInfo),
    /// It does not take the token (any more).
    TokenRefused(TokenError),
}

impl Inner {
    pub(crate) async fn ask_user_info(
        &self,
        who: &Account,
        token: &AccessToken,
    ) -> Result<Told, TokenError> {
        let metadata = self.metadata(who).await?;
        let Some(url) = &metadata.endpoints.user_info else {
            let message = "the server has no userinfo endpoint that is known here";
            return Err(TokenError::new(TokenErrorKind::Misconfigured, message));
        };
        let mut request = get(DOING, url)?;
        let authorization = token.authorization().ok_or_else(|| {
            TokenError::new(TokenErrorKind::Untrusted, "the access token fits no header")
        })?;
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        let response = self.send(DOING, who, request).await?;
        let status = response.status();
        match status.as_u16() {
            200 => {}
            429 | 500..=599 => {
                let headers = response.headers();
                return Err(failure::unavailable(DOING, status, headers, self.clock.now()));
            }
            401 => return Ok(Told::TokenRefused(refusal(&response, token))),
            _ => return Err(refusal(&response, token)),
        }
        let claims = self.claims(who, &metadata, &response).await?;
        let sub = claims.get("sub").and_then(Value::as_str);
        let expected = token.id_claims().get("sub").and_then(Value::as_str);
        // Section 5.3.2: without the same subject the answer must not be used.
        if sub.is_none() || expected.is_some_and(|it| Some(it) != sub) {
            let message = "userinfo is about another user than the id_token";
            let error = Error::new(ErrorKind::UserInfo, message);
            return Err(failure::rejected(DOING, error));
        }
        Ok(Told::Claims(UserInfo::new(claims)))
    }

    async fn claims(
        &self,
        who: &Account,
        metadata: &Metadata,
        response: &Response<bytes::Bytes>,
    ) -> Result<Map<String, Value>, TokenError> {
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let unreadable = || {
            let message = format!("could not {DOING}: the answer can't be read");
            TokenError::new(TokenErrorKind::Transient, message)
        };
        if !content_type.trim_start().to_ascii_lowercase().starts_with("application/jwt") {
            return jose::object(response.body()).ok_or_else(unreadable);
        }
        let token = std::str::from_utf8(response.body()).map_err(|_| unreadable())?.trim();
        let mut decoded = Vec::new();
        let jws = Jws::parse(token, &mut decoded, jose::object)
            .map_err(|it| failure::rejected(DOING, it))?;
        let claims = self.signed(DOING, who, metadata, jws).await?.claims;
        let names = |name: &str, expected: &str| match claims.get(name) {
            None => true,
            Some(Value::Array(several)) => several.iter().any(|it| it == expected),
            Some(one) => one == expected,
        };
        if names("iss", &metadata.issuer) && names("aud", &self.config.client_id) {
            return Ok(claims);
        }
        let message = "userinfo was signed by another issuer or for another client";
        Err(failure::rejected(DOING, Error::new(ErrorKind::UserInfo, message)))
    }
}

fn refusal(response: &Response<bytes::Bytes>, token: &AccessToken) -> TokenError {
    let status = response.status().as_u16();
    let body = jose::object(response.body()).unwrap_or_default();
    let word = text::word(body.get("error").and_then(Value::as_str), &[token.value()]);
    failure::refused(DOING, journey_core::OAuthError::new(word).status(status))
}
