//! A code for a session, without a browser.

use http::{HeaderValue, Request, header};
use journey_core::{Account, Session, TokenError, TokenErrorKind};
use journey_transport::Body;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    authorize::{Answer, AuthorizationRequest},
    client::Inner,
    config::Consent,
    discovery::Metadata,
    failure,
    wire::{post, unsendable},
};

const DOING: &str = "authorize with the session";

/// A code, and the secrets it was asked for with.
pub(crate) struct Authorized {
    pub(crate) request: AuthorizationRequest,
    pub(crate) code: SecretString,
}

impl Inner {
    /// Asks for a code; the answer's redirect is read and never followed.
    pub(crate) async fn authorize(
        &self,
        who: &Account,
        session: &Session,
        metadata: &Metadata,
        consent: Consent,
    ) -> Result<Authorized, TokenError> {
        let cookie = self.session_cookie(who, session).await?;
        let request = AuthorizationRequest::new().map_err(|it| failure::rejected(DOING, it))?;
        let form = request.form(&self.config).into_secret();
        let url = &metadata.endpoints.authorization;
        let joint = if url.contains('?') { '&' } else { '?' };
        let ask = Request::get(format!("{url}{joint}{}", form.expose_secret()))
            .header(header::COOKIE, &cookie)
            .body(Body::default())
            .map_err(|it| unsendable(DOING, it))?;
        let mut answer = self.ask_for_code(who, session, &request, metadata, ask).await?;
        if matches!((&answer, consent), (Answer::Consent, Consent::ByApplication)) {
            answer = self.agree(who, session, &request, metadata, cookie).await?;
        }
        match answer {
            Answer::Code(code) => Ok(Authorized { request, code }),
            other => Err(self.no_code(other)),
        }
    }

    /// Answers the consent page with yes. AM wants the session token as proof that it was seen.
    async fn agree(
        &self,
        who: &Account,
        session: &Session,
        request: &AuthorizationRequest,
        metadata: &Metadata,
        cookie: HeaderValue,
    ) -> Result<Answer, TokenError> {
        let mut form = request.form(&self.config);
        form.add("decision", "allow");
        form.add_secret("csrf", session.value());
        let mut ask = post(DOING, &metadata.endpoints.authorization, form, None)?;
        ask.headers_mut().insert(header::COOKIE, cookie);
        self.ask_for_code(who, session, request, metadata, ask).await
    }

    async fn ask_for_code(
        &self,
        who: &Account,
        session: &Session,
        request: &AuthorizationRequest,
        metadata: &Metadata,
        ask: Request<Body>,
    ) -> Result<Answer, TokenError> {
        let response = self.send(DOING, who, ask).await?;
        let answer = Answer::read(&response, request, session.value(), &self.config, metadata)
            .map_err(|it| failure::rejected(DOING, it))?;
        match answer {
            Answer::Unavailable(status) => {
                Err(failure::unavailable(DOING, status, response.headers(), self.clock.now()))
            }
            answer => Ok(answer),
        }
    }

    fn no_code(&self, answer: Answer) -> TokenError {
        let (kind, what) = match answer {
            Answer::Error(error) => {
                let scopes = &self.config.scopes;
                return failure::refused(DOING, error).with_scopes(scopes);
            }
            Answer::Consent => {
                let message = "the user has to agree to the scopes first";
                return TokenError::new(TokenErrorKind::ConsentRequired, message)
                    .with_scopes(&self.config.scopes);
            }
            Answer::Login if self.ends_sessions() => (
                TokenErrorKind::NeedsSignIn,
                "the server wants a new sign-in, and ends the session for prompt=login or max_age"
                    .to_owned(),
            ),
            Answer::Login => (
                TokenErrorKind::NeedsSignIn,
                "the session has ended, or is not strong enough for this client".to_owned(),
            ),
            Answer::Page(status) => (
                TokenErrorKind::Misconfigured,
                format!(
                    "the server refused the request with a page ({}): is client {:?} known there \
                     with redirect URI {:?}?",
                    status.as_u16(),
                    self.config.client_id,
                    self.config.redirect_uri
                ),
            ),
            Answer::Code(_) | Answer::Unavailable(_) => {
                (TokenErrorKind::Transient, format!("could not {DOING}"))
            }
        };
        TokenError::new(kind, what)
    }

    fn ends_sessions(&self) -> bool {
        let login = |(name, value): &(String, String)| {
            name == "prompt" && value.split_whitespace().any(|it| it == "login")
        };
        self.config.max_age.is_some() || self.config.extra.iter().any(login)
    }
}
