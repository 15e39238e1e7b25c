//! The settings of a client.

use std::{sync::Arc, time::Duration};

use journey_core::{Clock, SplitUri};
use journey_storage::Storage;
use journey_transport::HttpClient;
use secrecy::SecretString;

use crate::{
    client::OidcClient,
    client_auth::ClientAuth,
    config::{Config, Consent},
    endpoints::Endpoints,
    error::Error,
    jose::{Algorithm, SigningKey},
};

/// Parameters that make a sign-in safe, never the caller's: new for each request, or held against the
/// id_token, as only a setter of their own can see to.
const RESERVED: [&str; 15] = [
    "acr_values",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "csrf",
    "decision",
    "max_age",
    "nonce",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// Collects the settings of an [`OidcClient`].
///
/// Only the client's name and the redirect URI are needed; the server and the realm come with the
/// account on each call, so one client serves several realms.
///
/// ```
/// use journey_oidc::OidcClient;
///
/// let settings = OidcClient::builder("app")
///     .redirect_uri("com.example.app:/callback")
///     .scopes(["openid", "profile", "email"]);
/// assert!(settings.check().is_ok());
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct OidcClientBuilder {
    config: Config,
    hs256: bool,
}

impl OidcClientBuilder {
    pub(crate) fn new(client_id: String) -> Self {
        let config = Config {
            client_id,
            redirect_uri: String::new(),
            scopes: vec!["openid".to_owned(), "profile".to_owned()],
            issuer: None,
            endpoints: None,
            auth: ClientAuth::None,
            consent: Consent::NotGiven,
            algorithms: Algorithm::ASYMMETRIC.to_vec(),
            trusted_audiences: Vec::new(),
            skew: Duration::from_secs(60),
            recheck: Duration::from_secs(30),
            refresh_threshold: Duration::from_secs(60),
            lock_wait: Duration::from_secs(90),
            sign_out_timeout: Duration::from_secs(4),
            user_info_for: Duration::ZERO,
            max_age: None,
            acr_values: Vec::new(),
            extra: Vec::new(),
            post_logout_redirect_uri: None,
        };
        Self { config, hs256: false }
    }

    /// Sets where the server sends its answer, exactly as it is registered there.
    ///
    /// Nothing needs to listen on it: the answer is read from the redirect, which is never followed.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.config.redirect_uri = uri.into();
        self
    }

    /// Sets what the tokens shall be good for; `openid profile` unless told.
    ///
    /// Programs over one store that ask for different scopes, for the same account and client, have
    /// tokens of their own, and none is ever handed out for another's scopes. A program that asks for
    /// other scopes than it did before leaves the old tokens alone, because another one may be using
    /// them. A sign-out, in whichever program, ends them all.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.config.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Demands this issuer, byte for byte.
    ///
    /// Leave it out when one client serves several realms, which have different issuers: the issuer
    /// must then have the server's origin and a form that AM gives it for the realm.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.config.issuer = Some(issuer.into());
        self
    }

    /// Names the endpoints by hand; no discovery document is asked for. Needs an
    /// [`issuer`](Self::issuer).
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.config.endpoints = Some(endpoints);
        self
    }

    /// Authenticates the client by a secret in the `Authorization` header (`client_secret_basic`).
    pub fn client_secret_basic(mut self, secret: impl Into<SecretString>) -> Self {
        self.config.auth = ClientAuth::Basic(secret.into());
        self
    }

    /// Authenticates the client by a secret in the body (`client_secret_post`).
    pub fn client_secret_post(mut self, secret: impl Into<SecretString>) -> Self {
        self.config.auth = ClientAuth::Post(secret.into());
        self
    }

    /// Authenticates the client by a signed assertion (`private_key_jwt`).
    pub fn private_key_jwt(mut self, key: SigningKey) -> Self {
        self.config.auth = ClientAuth::PrivateKeyJwt(key);
        self
    }

    /// Authenticates the client by the certificate of its TLS connection (RFC 8705), which the
    /// [`HttpClient`] must have been given; here it only names itself.
    ///
    /// Tokens, revocation, userinfo and the end of the session then go to the addresses that the
    /// server announces for clients with a certificate (`mtls_endpoint_aliases`), where it announces
    /// any; the session goes to the server's own address as ever. What
    /// [`endpoints`](Self::endpoints) names counts as it stands.
    pub fn tls_client_auth(mut self) -> Self {
        self.config.auth = ClientAuth::Certificate;
        self
    }

    /// Accepts id_tokens signed with the client's secret (`HS256`), as OpenAM does by default. Needs
    /// a client secret.
    pub fn allow_hs256(mut self) -> Self {
        self.hs256 = true;
        self
    }

    /// Says who answers for consent; by default nobody, and a consent page is an error.
    pub fn consent(mut self, consent: Consent) -> Self {
        self.config.consent = consent;
        self
    }

    /// Accepts id_tokens that name these audiences beside this client.
    pub fn trusted_audiences(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.config.trusted_audiences = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how far the server's clock may be off; 60 seconds unless told, 10 minutes at most.
    pub fn skew(mut self, skew: Duration) -> Self {
        self.config.skew = skew.min(Duration::from_secs(600));
        self
    }

    /// Sets how long a cached token is handed out before the store is asked whether another process
    /// has signed out; 30 seconds unless told, 0 asks each time.
    pub fn recheck(mut self, after: Duration) -> Self {
        self.config.recheck = after;
        self
    }

    /// Sets how long before its end a token is renewed while it is still handed out; 60 seconds
    /// unless told. Up to half of it is added at random, so that not all processes come at once.
    pub fn refresh_threshold(mut self, before: Duration) -> Self {
        self.config.refresh_threshold = before;
        self
    }

    /// Sets how long to wait for another process that renews the same account's tokens; 90 seconds
    /// unless told. Shorter than the HTTP client's deadline makes callers fail while that one works.
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.config.lock_wait = wait;
        self
    }

    /// Sets how long each remote step of a sign-out may take, however many tokens are revoked in it; 4
    /// seconds unless told. What was not done by then is left in the report, to be tried again.
    pub fn sign_out_timeout(mut self, limit: Duration) -> Self {
        self.config.sign_out_timeout = limit;
        self
    }

    /// Keeps what userinfo said for this long; not at all unless told.
    pub fn cache_user_info(mut self, keep: Duration) -> Self {
        self.config.user_info_for = keep;
        self
    }

    /// Asks for one of these authentication contexts (`acr_values`). An id_token that names another
    /// one is refused; AM leaves `acr` out when no mapping is configured.
    pub fn acr_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.config.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Demands that the user has signed in no longer ago than this (`max_age`).
    ///
    /// Beware: AM *ends* an older session instead of just refusing (seen on OpenAM 16.0.5), so that
    /// the user has to run a journey again.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.config.max_age = Some(age);
        self
    }

    /// Sets `prompt`, such as `none` or `consent`.
    ///
    /// Beware: with `login` AM ends the session (seen on OpenAM 16.0.5), so that the user has to run
    /// a journey again. Nothing here ever adds it by itself.
    pub fn prompt(self, prompt: impl Into<String>) -> Self {
        self.extra("prompt", prompt)
    }

    /// Sets `login_hint`.
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        self.extra("login_hint", hint)
    }

    /// Sets `ui_locales`, such as `fr-CA en`.
    pub fn ui_locales(self, locales: impl Into<String>) -> Self {
        self.extra("ui_locales", locales)
    }

    /// Sets `display`, such as `touch`.
    pub fn display(self, display: impl Into<String>) -> Self {
        self.extra("display", display)
    }

    /// Sets `claims`: JSON that asks for single claims (OpenID Connect Core section 5.5).
    pub fn claims(self, claims: impl Into<String>) -> Self {
        self.extra("claims", claims)
    }

    /// Adds any other parameter to the authorization request; the last value for a name counts.
    ///
    /// The parameters that make the request safe (`state`, `nonce`, `redirect_uri` ..) can't be set, and
    /// those that the id_token is held against have a setter of their own
    /// ([`max_age`](Self::max_age), [`acr_values`](Self::acr_values)).
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.config.extra.retain(|(it, _)| *it != name);
        self.config.extra.push((name, value.into()));
        self
    }

    /// Sets where a browser would go after the sign-out, as it is registered; it is sent along and
    /// the answer is checked against it. AM ends the session even when it refuses this URI.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.config.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// Checks the settings without making a client.
    ///
    /// # Errors
    /// [`Error`] of kind `Configuration` says what is missing.
    pub fn check(&self) -> Result<(), Error> {
        self.clone().into_config().map(drop)
    }

    /// Makes the client over what it shall work with.
    ///
    /// # Errors
    /// [`Error`] of kind `Configuration` says what is missing.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use journey_core::Clock;
    /// use journey_oidc::OidcClient;
    /// use journey_storage::Memory;
    /// use journey_transport::{Error, HttpClient};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let service = tower::service_fn(|_| async { Ok::<_, Error>(http::Response::new(String::new())) });
    /// let http = HttpClient::builder().build_with(service)?;
    /// let client = OidcClient::builder("app")
    ///     .redirect_uri("com.example.app:/callback")
    ///     .build(http, Arc::new(Memory::new()), Clock::system())?;
    /// assert!(format!("{client:?}").contains("app"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(
        self,
        http: HttpClient,
        storage: Arc<dyn Storage>,
        clock: Clock,
    ) -> Result<OidcClient, Error> {
        Ok(OidcClient::new(self.into_config()?, http, storage, clock))
    }

    pub(crate) fn into_config(self) -> Result<Config, Error> {
        let mut config = self.config;
        if config.client_id.is_empty() {
            return Err(Error::configuration("a client id is needed"));
        }
        if config.redirect_uri.is_empty() {
            return Err(Error::configuration("a redirect URI is needed: set redirect_uri(..)"));
        }
        let redirect = SplitUri::parse(&config.redirect_uri);
        if redirect.is_none_or(|it| it.fragment().is_some() || it.has_userinfo()) {
            return Err(Error::configuration(
                "the redirect URI must be absolute, without user and fragment",
            ));
        }
        let spaced = |it: &String| it.is_empty() || it.contains(char::is_whitespace);
        if config.scopes.iter().any(spaced) {
            return Err(Error::configuration("each scope is one word"));
        }
        if let Some((name, _)) = config.extra.iter().find(|(it, _)| RESERVED.contains(&it.as_str()))
        {
            return Err(Error::configuration(format!("{name} can't be set by hand")));
        }
        if config.endpoints.is_some() && config.issuer.is_none() {
            return Err(Error::configuration("endpoints(..) needs an issuer(..)"));
        }
        if self.hs256 {
            if config.auth.secret().is_none() {
                return Err(Error::configuration("allow_hs256() needs a client secret"));
            }
            config.algorithms.push(Algorithm::Hs256);
        }
        config.scopes.sort_unstable();
        config.scopes.dedup();
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn good() -> OidcClientBuilder {
        OidcClientBuilder::new("app".to_owned()).redirect_uri("com.example.app:/callback")
    }

    #[test]
    fn settings_that_cannot_work_are_told_before_the_first_request() {
        for settings in [
            OidcClientBuilder::new(String::new()).redirect_uri("app:/x"),
            OidcClientBuilder::new("app".to_owned()),
            good().redirect_uri("/callback"),
            good().redirect_uri("app:/x#y"),
            good().redirect_uri("https://user@app/x"),
            good().scopes(["openid profile"]),
            good().endpoints(Endpoints::new("https://am/a", "https://am/t")),
            good().allow_hs256(),
        ] {
            let error = settings.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{settings:?}");
        }
        assert!(good().check().is_ok());
        assert!(good().client_secret_post("x").allow_hs256().check().is_ok());
    }

    #[test]
    fn what_makes_a_request_safe_cannot_be_overridden() {
        let names = "acr_values client_id code_challenge code_challenge_method csrf decision max_age \
                     nonce redirect_uri request request_uri response_mode response_type scope state";
        for name in names.split_whitespace() {
            assert!(good().extra(name, "x").check().is_err(), "{name}");
        }
        assert!(good().extra("service", "x").check().is_ok());
    }

    #[test]
    fn clocks_may_differ_by_ten_minutes_at_most() {
        let skew = |it| good().skew(Duration::from_secs(it)).into_config().unwrap().skew.as_secs();
        assert_eq!(good().into_config().unwrap().skew.as_secs(), 60);
        assert_eq!([skew(0), skew(599), skew(601), skew(u64::MAX)], [0, 599, 600, 600]);
    }

    #[test]
    fn debug_shows_no_secret() {
        let settings = good().client_secret_basic("sentinel");
        assert!(!format!("{settings:?}").contains("sentinel"));
    }
}
