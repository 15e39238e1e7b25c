//! Parts of one's own: a callback that only this server's journeys have, and tokens from a service that is no
//! OpenID provider.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use journey_sdk::{
    AccessToken, Account, AccountId, BoxError, ExposeSecret, HttpClient, InputError, Journey,
    JourneyBuilder, RawCallback, Revocation, SignOutReport, SignOutResult, SignOutStep, TokenError,
    TokenErrorKind, TokenProvider, TypedCallback, UserInfo, async_trait,
};

/// Builds a journey that knows both.
///
/// # Errors
/// When the settings do not fit together.
pub fn journey(settings: JourneyBuilder) -> Result<Journey, journey_sdk::Error> {
    settings
        .callback::<BadgeCallback>()
        .tokens_with(|parts| Ok::<_, BoxError>(TokenService::new(parts.http().clone())))
        .build()
}

/// Asks to hold a badge to a reader.
#[derive(Debug)]
pub struct BadgeCallback(RawCallback);

impl BadgeCallback {
    /// Returns the reader's number.
    pub fn reader(&self) -> Option<i64> {
        self.0.output_integer("reader")
    }

    /// Sets what the reader has read.
    ///
    /// # Errors
    /// When the server left no place for it.
    pub fn set_badge(&mut self, badge: &str) -> Result<(), InputError> {
        self.0.set_input(0, badge)
    }
}

impl TypedCallback for BadgeCallback {
    fn type_name() -> &'static str {
        "BadgeCallback"
    }

    fn from_raw(raw: RawCallback) -> Result<Self, RawCallback> {
        if raw.inputs() == 1 { Ok(Self(raw)) } else { Err(raw) }
    }

    fn raw(&self) -> &RawCallback {
        &self.0
    }

    fn raw_mut(&mut self) -> &mut RawCallback {
        &mut self.0
    }
}

/// Where the service answers.
const SERVICE: &str = "https://tokens.example.com/token";

/// Exchanges sessions for tokens at a service of one's own, and keeps them in memory.
#[derive(Debug)]
pub struct TokenService {
    http: HttpClient,
    tokens: Mutex<HashMap<AccountId, Kept>>,
}

/// A token, and the account's generation that it was asked for under: after a sign-out, or after somebody else has
/// signed in, it is nobody's.
#[derive(Debug)]
struct Kept {
    generation: u64,
    token: AccessToken,
}

impl TokenService {
    fn new(http: HttpClient) -> Self {
        Self { http, tokens: Mutex::default() }
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<AccountId, Kept>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenProvider for TokenService {
    fn cached(&self, who: &Account) -> Option<AccessToken> {
        let kept = self.tokens();
        let kept = kept.get(who.id()).filter(|it| it.generation == who.generation())?;
        Some(kept.token.clone())
    }

    async fn token(&self, who: &Account) -> Result<AccessToken, TokenError> {
        match self.cached(who) {
            Some(token) => Ok(token),
            None => self.refresh(who).await,
        }
    }

    async fn refresh(&self, who: &Account) -> Result<AccessToken, TokenError> {
        let nobody = || TokenError::new(TokenErrorKind::NeedsSignIn, "there is no session");
        let failed = |kind| TokenError::new(kind, "could not exchange the session for a token");
        let generation = who.generation();
        let session = who.session_under(generation)?.ok_or_else(nobody)?;
        let request = http::Request::post(SERVICE)
            .body(session.value().expose_secret().to_owned())
            .map_err(|error| failed(TokenErrorKind::Misconfigured).with_source(error))?;
        let answer = self
            .http
            .send(request)
            .await
            .map_err(|error| failed(TokenErrorKind::Transient).with_source(error))?;
        match answer.status().as_u16() {
            200 => {}
            401 => return Err(nobody()),
            500.. => return Err(failed(TokenErrorKind::Transient)),
            _ => return Err(failed(TokenErrorKind::Refused)),
        }
        let text = str::from_utf8(answer.body()).map_err(|_| failed(TokenErrorKind::Untrusted))?;
        let token = AccessToken::builder(text).build();
        let kept = Kept { generation, token: token.clone() };
        self.tokens().insert(who.id().clone(), kept);
        Ok(token)
    }

    async fn user_info(&self, _who: &Account) -> Result<UserInfo, TokenError> {
        let message = "the token service knows nothing of users";
        Err(TokenError::new(TokenErrorKind::Misconfigured, message))
    }

    async fn revoke(&self, who: &Account) -> Result<Revocation, TokenError> {
        let mut revocation = Revocation::done();
        if self.tokens().remove(who.id()).is_some() {
            // The service ends no token before its time.
            revocation.note_remainder();
        }
        Ok(revocation)
    }

    async fn end(&self, who: &Account) -> SignOutReport {
        let mut report = SignOutReport::new();
        if self.tokens().remove(who.id()).is_some() {
            report.note_remainder();
        }
        report.record(SignOutStep::Local, SignOutResult::Done);
        report
    }
}
