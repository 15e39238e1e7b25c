//! Tokens for a code, and new tokens for old ones.

use http::Response;
use journey_core::{Account, OAuthError, TokenError, TokenErrorKind};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    client::Inner,
    discovery::Metadata,
    error::{Error, IdTokenFault},
    failure,
    form::Form,
    id_token::{self, Before, Expected, IdClaims, Named},
    jose::{Jws, Member, Members},
    record::Record,
    token_answer::{TokenAnswer, Tokens, Unwanted},
    wire::{authorize::Authorized, post},
};

const EXCHANGE: &str = "exchange the code for tokens";
const REFRESH: &str = "refresh the tokens";

/// Why a token request came to nothing.
pub(crate) enum NoTokens {
    /// Nothing came.
    Failed(TokenError),
    /// The server was asked, and nobody knows what it did: tokens may live there that never came.
    Unanswered(TokenError),
    /// Something on the way has spent the code; a new one may do better.
    CodeSpent(TokenError),
    /// Tokens came that are not taken.
    Untaken(TokenError, Unwanted),
}

impl From<TokenError> for NoTokens {
    fn from(error: TokenError) -> Self {
        Self::Failed(error)
    }
}

impl NoTokens {
    /// What has become of tokens that the server was asked for.
    fn after_asking(error: TokenError) -> Self {
        match error.kind() {
            TokenErrorKind::Transient if failure::was_sent(&error) => Self::Unanswered(error),
            _ => Self::Failed(error),
        }
    }
}

/// What a refresh came to.
pub(crate) enum Refreshed {
    Tokens(Box<Record>),
    /// The refresh token is spent, revoked or has expired.
    InvalidGrant(OAuthError),
}

/// What is kept of an id_token that was believed; nothing when none came.
#[derive(Default)]
struct Verified {
    claims: IdClaims,
    nonce: Option<SecretString>,
}

impl Inner {
    /// Exchanges a code; the tokens are verified before they are returned.
    pub(crate) async fn exchange(
        &self,
        who: &Account,
        metadata: &Metadata,
        authorized: Authorized,
        generation: u64,
    ) -> Result<Record, NoTokens> {
        // A code is good once: what is needed to check the answer is fetched before it is spent.
        if self.config.wants_id_token() {
            self.keys(who, metadata).await?;
        }
        let Authorized { request, code } = authorized;
        let sent = [&code, &request.pkce.verifier];
        let ask = async || {
            let mut form = Form::new();
            form.add("grant_type", "authorization_code");
            form.add("redirect_uri", &self.config.redirect_uri);
            form.add_secret("code", &code);
            form.add_secret("code_verifier", &request.pkce.verifier);
            self.ask_tokens(EXCHANGE, who, metadata, form, &sent).await
        };
        let answer = match ask().await {
            // If the server has never heard of the code, it is good still. If it has, it refuses it now
            // and ends the tokens that got lost on their way (RFC 6749 section 4.1.2; seen on OpenAM
            // 16.0.5): nobody else could.
            Err(NoTokens::Unanswered(error)) if failure::is_lost_answer(&error) => {
                let again = ask().await;
                if !matches!(again, Ok(Ok(_)))
                    && let Some(entry) = self.accounts.find(who.id())
                {
                    entry.note_remainder();
                }
                again
            }
            answer => answer,
        };
        let tokens = match answer? {
            Ok(tokens) => tokens,
            // Sent twice by something on the way, a code is refused.
            Err(error) if error.error() == "invalid_grant" => {
                let message = format!("could not {EXCHANGE}: the code is no longer good");
                let error = TokenError::new(TokenErrorKind::Transient, message).with_server(error);
                return Err(NoTokens::CodeSpent(error));
            }
            Err(error) => {
                return Err(NoTokens::after_asking(failure::refused(EXCHANGE, error)));
            }
        };
        let claims = match &tokens.id_token {
            Some(id_token) => {
                let mut checks = self.checks(metadata, &tokens);
                let secrets = self.secrets(&tokens, [&request.pkce.verifier]);
                checks.secrets = &secrets;
                checks.nonce = Some(request.nonce.expose_secret());
                checks.code = Some(code.expose_secret());
                self.verified(EXCHANGE, who, metadata, id_token, checks).await
            }
            None if self.config.wants_id_token() => {
                let message = "the server sent no id_token although openid was asked for";
                let error = Error::id_token(IdTokenFault::Missing, message);
                Err(failure::rejected(EXCHANGE, error))
            }
            None => Ok(Verified::default()),
        };
        match claims {
            Ok(claims) => Ok(self.record(metadata, tokens, claims, generation, None)),
            Err(error) => Err(NoTokens::Untaken(error, tokens.into_unwanted())),
        }
    }

    /// Spends a refresh token; the new tokens are verified before they are returned.
    pub(crate) async fn refresh_grant(
        &self,
        who: &Account,
        before: &Record,
        refresh_token: &SecretString,
    ) -> Result<Refreshed, NoTokens> {
        let metadata = self.metadata(who).await?;
        if metadata.issuer != before.issuer {
            let message = "the tokens come from another issuer than the server has now";
            let error = Error::id_token(IdTokenFault::Issuer, message);
            return Err(failure::rejected(REFRESH, error).into());
        }
        // A refresh token may be good once: see `exchange`.
        if before.id_token.is_some() {
            self.keys(who, &metadata).await?;
        }
        let mut form = Form::new();
        form.add("grant_type", "refresh_token");
        form.add_secret("refresh_token", refresh_token);
        let mut tokens =
            match self.ask_tokens(REFRESH, who, &metadata, form, &[refresh_token]).await? {
                Ok(tokens) => tokens,
                Err(error) if error.error() == "invalid_grant" => {
                    return Ok(Refreshed::InvalidGrant(error));
                }
                Err(error) => {
                    return Err(NoTokens::after_asking(failure::refused(REFRESH, error)));
                }
            };
        let claims = match &tokens.id_token {
            Some(id_token) => {
                let mut checks = self.checks(&metadata, &tokens);
                let secrets = self.secrets(&tokens, [refresh_token, &before.access_token]);
                checks.secrets = &secrets;
                let first = before.id_claims.named();
                checks.before = first.as_ref().map(|claims| Before {
                    claims,
                    nonce: before.first_nonce.as_ref().map(ExposeSecret::expose_secret),
                });
                // A wrong clock here must not cost the login: the server's own clock, which came in
                // the same answer, says whether this token is fresh.
                checks.now = tokens.server_time.unwrap_or(checks.now);
                match self.verified(REFRESH, who, &metadata, id_token, checks).await {
                    Ok(claims) => Some(claims),
                    // The keys can't be had now. The tokens came over the same TLS as ever, and the
                    // old refresh token is spent, so keep them beside the id_token that was verified.
                    Err(error) if error.is_retryable() => None,
                    Err(error) => return Err(NoTokens::Untaken(error, tokens.into_unwanted())),
                }
            }
            None => None,
        };
        let claims = claims.unwrap_or_else(|| {
            tokens.id_token.clone_from(&before.id_token);
            Verified { claims: before.id_claims.clone(), nonce: None }
        });
        let record = self.record(&metadata, tokens, claims, before.generation, Some(before));
        Ok(Refreshed::Tokens(Box::new(record)))
    }

    async fn ask_tokens(
        &self,
        doing: &str,
        who: &Account,
        metadata: &Metadata,
        mut form: Form,
        sent: &[&SecretString],
    ) -> Result<Result<Tokens, OAuthError>, NoTokens> {
        let (url, now) = (&metadata.endpoints.token, self.clock.now());
        let authorization = self
            .config
            .auth
            .apply(&mut form, &self.config.client_id, url, now)
            .map_err(|it| failure::rejected(doing, it))?;
        let request = post(doing, url, form, authorization)?;
        let response = self.send(doing, who, request).await.map_err(NoTokens::after_asking)?;
        let mut secrets = sent.to_vec();
        secrets.extend(self.config.auth.secret());
        match TokenAnswer::read(&response, &secrets) {
            TokenAnswer::Tokens(tokens) => Ok(Ok(*tokens)),
            TokenAnswer::Unusable(error, unwanted) => {
                Err(NoTokens::Untaken(failure::rejected(doing, error), unwanted))
            }
            TokenAnswer::InvalidGrant(error) | TokenAnswer::Refused(error) => Ok(Err(error)),
            TokenAnswer::Unavailable(status, error) => {
                let error = self.unavailable_tokens(doing, &response, status, error);
                Err(NoTokens::after_asking(error))
            }
        }
    }

    fn unavailable_tokens(
        &self,
        doing: &str,
        response: &Response<impl AsRef<[u8]>>,
        status: http::StatusCode,
        server: Option<OAuthError>,
    ) -> TokenError {
        let error = failure::unavailable(doing, status, response.headers(), self.clock.now());
        match server {
            Some(server) => error.with_server(server),
            None => error,
        }
    }

    fn checks<'a>(&'a self, metadata: &'a Metadata, tokens: &'a Tokens) -> Expected<'a> {
        Expected {
            issuer: &metadata.issuer,
            client_id: &self.config.client_id,
            trusted_audiences: &self.config.trusted_audiences,
            access_token: Some(tokens.access_token.expose_secret()),
            code: None,
            nonce: None,
            max_age: self.config.max_age,
            acr_values: &self.config.acr_values,
            now: self.clock.now(),
            skew: self.config.skew,
            server_time: tokens.server_time,
            secrets: &[],
            before: None,
        }
    }

    /// Lists what no error may quote beside what an id_token is held against.
    fn secrets<'a, const N: usize>(
        &'a self,
        tokens: &'a Tokens,
        more: [&'a SecretString; N],
    ) -> Vec<&'a SecretString> {
        let known = tokens.refresh_token.iter().chain(self.config.auth.secret());
        known.chain(more).collect()
    }

    async fn verified(
        &self,
        doing: &str,
        who: &Account,
        metadata: &Metadata,
        id_token: &SecretString,
        expected: Expected<'_>,
    ) -> Result<Verified, TokenError> {
        let mut decoded = Vec::new();
        let read = |payload| Some((Named::read(payload)?, payload));
        let rejected = |it| failure::rejected(doing, it);
        let jws = Jws::parse(id_token.expose_secret(), &mut decoded, read).map_err(rejected)?;
        let signed = self.signed(doing, who, metadata, jws).await?;
        let (claims, payload) = signed.claims;
        id_token::check(&claims, signed.algorithm, &expected).map_err(rejected)?;
        let nonce = claims.nonce.as_ref().and_then(Member::as_str).map(SecretString::from);
        Ok(Verified { claims: IdClaims::of(payload), nonce })
    }

    fn record(
        &self,
        metadata: &Metadata,
        tokens: Tokens,
        id_token: Verified,
        generation: u64,
        before: Option<&Record>,
    ) -> Record {
        // RFC 6749 sections 5.1 and 6: what is left out has not changed.
        let scopes = tokens.scopes.unwrap_or_else(|| match before {
            Some(before) => before.scopes.clone(),
            None => self.config.scopes.clone(),
        });
        let refresh_token =
            tokens.refresh_token.or_else(|| before.and_then(|it| it.refresh_token.clone()));
        let first_nonce = match before.filter(|it| !it.id_claims.is_empty()) {
            Some(before) => before.first_nonce.clone(),
            None => id_token.nonce,
        };
        let now = self.clock.now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Record {
            issuer: metadata.issuer.clone(),
            requested: self.config.scopes.clone(),
            generation,
            access_token: tokens.access_token,
            refresh_token,
            id_token: tokens.id_token,
            id_claims: id_token.claims,
            first_nonce,
            scopes,
            obtained_at: now.as_secs(),
            lifetime: tokens.lifetime.map(|it| it.as_secs()),
            extra: tokens.extra,
            untaken: before.map(|it| it.untaken.clone()).unwrap_or_default(),
        }
    }
}
