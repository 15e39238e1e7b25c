//! Puts a journey together.

use std::{fmt, sync::Arc, time::Duration};

use journey_core::{BoxError, Clock, Realm, Registry, Server, TokenProvider, TypedCallback};
use journey_storage::{Memory, Storage};
use journey_transport::HttpClient;

use crate::{account::Accounts, context::Context, error::Error, journey::Journey, parts::Parts};

/// How long a sign-out may take before what is left is reported as pending.
const SIGN_OUT_DEADLINE: Duration = Duration::from_secs(10);

/// A sign-out that waits longer than this is a mistake, and could not be added to a point in time.
const LONGEST_SIGN_OUT: Duration = Duration::from_secs(3600);

type MakeTokens =
    Box<dyn FnOnce(&Parts) -> Result<Arc<dyn TokenProvider>, BoxError> + Send + 'static>;

/// Collects the settings of a [`Journey`].
///
/// Everything has a default but the server: the root realm, a store in memory, verified HTTPS, the
/// system's clock, no tokens.
#[must_use]
pub struct JourneyBuilder {
    server: String,
    realm: String,
    cookie_name: Option<String>,
    http: Option<HttpClient>,
    storage: Option<Arc<dyn Storage>>,
    clock: Clock,
    registry: Registry,
    tokens: Option<MakeTokens>,
    sign_out_deadline: Duration,
}

impl JourneyBuilder {
    pub(crate) fn new(server: String) -> Self {
        Self {
            server,
            realm: String::new(),
            cookie_name: None,
            http: None,
            storage: None,
            clock: Clock::system(),
            registry: Registry::new(),
            tokens: None,
            sign_out_deadline: SIGN_OUT_DEADLINE,
        }
    }

    /// Sets the realm, in any form: `alpha`, `/alpha`, `root/realms/alpha`.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Sets the name of the session cookie. Without it the server is asked, once.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Sets the HTTP client: other timeouts, a test authority, a proxy, any tower service.
    pub fn http(mut self, client: HttpClient) -> Self {
        self.http = Some(client);
        self
    }

    /// Sets where sessions and tokens are kept. In memory unless told.
    pub fn storage(mut self, storage: impl Storage) -> Self {
        self.storage = Some(Arc::new(storage));
        self
    }

    /// Sets the clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a type for the callbacks of a node of your own.
    pub fn callback<T: TypedCallback>(mut self) -> Self {
        self.registry.register::<T>();
        self
    }

    /// Sets how long a sign-out may take at the server; 10 s unless told, an hour at most.
    pub fn sign_out_deadline(mut self, deadline: Duration) -> Self {
        self.sign_out_deadline = deadline.min(LONGEST_SIGN_OUT);
        self
    }

    /// Plugs a token provider in.
    pub fn tokens(self, provider: impl TokenProvider) -> Self {
        self.tokens_with(move |_| Ok(provider))
    }

    /// Plugs a token provider in that is made from the journey's own parts, in [`build`](Self::build).
    pub fn tokens_with<P: TokenProvider>(
        mut self,
        make: impl FnOnce(&Parts) -> Result<P, BoxError> + Send + 'static,
    ) -> Self {
        self.tokens = Some(Box::new(move |parts| Ok(Arc::new(make(parts)?))));
        self
    }

    /// Makes the journey. It asks nobody anything yet.
    ///
    /// # Errors
    /// [`Error`] of kind `Config` or `Misuse` when the settings do not fit together.
    pub fn build(self) -> Result<Journey, Error> {
        let server = Server::new(&self.server).map_err(Error::core)?;
        let realm: Realm = self.realm.parse().map_err(Error::core)?;
        if let Some(name) = self.cookie_name {
            server.set_cookie_name(name);
        }
        let http = match self.http {
            Some(http) => http.with_own_tasks(),
            None => default_client(&self.clock)?,
        };
        let storage = self.storage.unwrap_or_else(|| Arc::new(Memory::new()));
        let parts = Parts { http, storage, clock: self.clock, server, realm };
        let tokens = match self.tokens {
            None => None,
            Some(make) => Some(make(&parts).map_err(|source| {
                Error::config("the token provider could not be made").with_source(source)
            })?),
        };
        Ok(Journey::new(Context {
            parts,
            tokens,
            registry: Arc::new(self.registry),
            accounts: Accounts::default(),
            sign_out_deadline: self.sign_out_deadline,
        }))
    }
}

#[cfg(feature = "rustls")]
fn default_client(clock: &Clock) -> Result<HttpClient, Error> {
    HttpClient::builder().clock(clock.to_fn()).build().map_err(Error::transport)
}

#[cfg(not(feature = "rustls"))]
fn default_client(_clock: &Clock) -> Result<HttpClient, Error> {
    Err(Error::config("no HTTP client: give one with .http(..), or turn on the feature `rustls`"))
}

impl fmt::Debug for JourneyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JourneyBuilder")
            .field("realm", &self.realm)
            .field("has_tokens", &self.tokens.is_some())
            .finish_non_exhaustive()
    }
}
