//! The handle that tests hold.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::sim::builder::{AmBuilder, Config};
use crate::sim::fault::{Gate, Moment};
use crate::sim::keys::Keys;
use crate::sim::road::Road;
use crate::sim::state::State;
use crate::sim::{
    AmService, Fault, Lifetimes, Matcher, Misbehavior, OAuthClient, Profile, Serving, Tree, User,
};

/// A simulated AM server.
///
/// Clones are the same server. It runs in process, as a `tower` service, or on loopback.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use journey_testkit::sim::Am;
/// use tower::ServiceExt;
///
/// let am = Am::demo();
/// let start = "http://am.example.com/am/json/realms/root/realms/alpha/authenticate?\
///              authIndexType=service&authIndexValue=Login";
/// let request = http::Request::post(start)
///     .header("accept-api-version", "resource=2.1, protocol=1.0")
///     .body(String::new())?;
/// let response = am.service().oneshot(request).await?;
/// assert_eq!(response.status(), 200);
/// am.assert_every_request_named_its_version();
/// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Am {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    state: Mutex<State>,
}

impl Am {
    /// Starts to configure a server.
    pub fn builder() -> AmBuilder {
        AmBuilder::default()
    }

    /// Makes a server that is ready for the first example: user `demo` with the password
    /// `Ch4ng31t`, realm `alpha` (and the root realm), journey `Login`, client `sdkClient` with the
    /// redirect URI `http://localhost:8080/callback`.
    pub fn demo() -> Self {
        Self::demo_builder().build()
    }

    /// Returns the configuration of [`demo`](Self::demo), to be changed further.
    pub fn demo_builder() -> AmBuilder {
        let user = User::new("demo", "Ch4ng31t")
            .name("Demo User")
            .given_name("Demo")
            .family_name("User")
            .email("demo@example.com");
        let client = OAuthClient::public("sdkClient")
            .redirect_uri("http://localhost:8080/callback")
            .post_logout_redirect_uri("http://localhost:8080/signed-out");
        ["root", "alpha"].into_iter().fold(Self::builder(), |builder, realm| {
            builder
                .user(realm, user.clone())
                .client(realm, client.clone())
                .tree(realm, Tree::password("Login"))
        })
    }

    pub(crate) fn new(config: Config) -> Self {
        Self { inner: Arc::new(Inner { config, state: Mutex::new(State::new()) }) }
    }

    /// Returns the server as a `tower` service that needs no socket.
    pub fn service(&self) -> AmService {
        AmService::new(self.clone())
    }

    /// Listens on a free port of 127.0.0.1 until the returned value is dropped.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn serve(&self) -> std::io::Result<Serving> {
        self.serve_on(0).await
    }

    /// Listens on this port of 127.0.0.1 until the returned value is dropped.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn serve_on(&self, port: u16) -> std::io::Result<Serving> {
        Serving::start(self.clone(), port).await
    }

    /// Returns which server is played.
    ///
    /// ```
    /// use journey_testkit::sim::{Am, Profile};
    ///
    /// assert_eq!(Am::demo().profile(), Profile::PingAm);
    /// ```
    pub fn profile(&self) -> Profile {
        self.inner.config.profile
    }

    /// Returns the path that all others begin with: `/am`.
    pub fn base_path(&self) -> &str {
        &self.inner.config.base_path
    }

    /// Returns the name of the session cookie.
    pub fn cookie_name(&self) -> &str {
        &self.inner.config.cookie_name
    }

    /// Returns how long things live.
    pub fn lifetimes(&self) -> &Lifetimes {
        &self.inner.config.lifetimes
    }

    /// Lets the next request that matches go wrong; faults for the same request come one by one.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use journey_testkit::sim::{Am, Fault};
    /// use tower::ServiceExt;
    ///
    /// let am = Am::demo();
    /// am.fail_next(("GET", "/serverinfo/*"), Fault::Status(503));
    /// let ask = || http::Request::get("/am/json/serverinfo/*").body(String::new());
    /// assert_eq!(am.service().oneshot(ask()?).await?.status(), 503);
    /// assert_eq!(am.service().oneshot(ask()?).await?.status(), 200);
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn fail_next(&self, matcher: impl Into<Matcher>, fault: Fault) {
        self.state().faults.planned.push((matcher.into(), fault));
    }

    /// Lets every request that matches go wrong, until [`clear_faults`](Self::clear_faults).
    pub fn fail_each(&self, matcher: impl Into<Matcher>, fault: Fault) {
        self.state().faults.lasting.push((matcher.into(), fault));
    }

    /// Hurts so many percent of the requests, by chance, until [`clear_faults`](Self::clear_faults):
    /// lost before or after the server acted, 503, a page of HTML, repeated. A seed always gives the
    /// same road.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use journey_testkit::sim::Am;
    /// use tower::ServiceExt;
    ///
    /// let am = Am::demo();
    /// am.hostile_road(7, 25);
    /// let mut hurt = 0;
    /// for _ in 0..200 {
    ///     let request = http::Request::get("/am/nothing").body(String::new())?;
    ///     let answer = am.service().oneshot(request).await;
    ///     hurt += usize::from(!answer.is_ok_and(|it| it.status() == 404));
    /// }
    /// assert!((20..60).contains(&hurt)); // a repeated request does not show
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn hostile_road(&self, seed: u64, percent: u8) {
        self.state().faults.road = Some(Road::new(seed, percent));
    }

    /// Forgets all faults, and returns how many of [`fail_next`](Self::fail_next) met no request.
    pub fn clear_faults(&self) -> usize {
        let mut state = self.state();
        state.faults.lasting.clear();
        state.faults.road = None;
        state.faults.planned.drain(..).count()
    }

    /// Holds the next request that matches back before the server acts.
    pub fn hold_next(&self, matcher: impl Into<Matcher>) -> Gate {
        self.hold(matcher.into(), Moment::BeforeActing)
    }

    /// Lets the server act on the next request that matches, and holds its answer back.
    pub fn hold_next_answer(&self, matcher: impl Into<Matcher>) -> Gate {
        self.hold(matcher.into(), Moment::AfterActing)
    }

    /// Makes the OpenID provider wrong in one more way.
    pub fn misbehave(&self, misbehavior: Misbehavior) {
        self.state().misbehavior.push(misbehavior);
    }

    /// Makes the OpenID provider right again.
    pub fn behave(&self) {
        self.state().misbehavior.clear();
    }

    /// Replaces the signing keys, as an administrator does now and then.
    ///
    /// New `id_tokens` name keys that a cached JWKS lacks.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use http_body_util::BodyExt;
    /// use journey_testkit::sim::Am;
    /// use tower::ServiceExt;
    ///
    /// let am = Am::demo();
    /// let keys = async || {
    ///     let request = http::Request::get("/am/oauth2/connect/jwk_uri").body(String::new())?;
    ///     let body = am.service().oneshot(request).await?.into_body().collect().await?;
    ///     Ok::<_, Box<dyn std::error::Error>>(body.to_bytes())
    /// };
    /// let before = keys().await?;
    /// am.rotate_keys();
    /// assert_ne!(keys().await?, before);
    /// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn rotate_keys(&self) {
        self.state().keys = Some(Arc::new(Keys::generated()));
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.inner.config.clock)()
    }

    fn hold(&self, matcher: Matcher, moment: Moment) -> Gate {
        let gate = Gate::default();
        self.state().faults.held.push((matcher, moment, gate.clone()));
        gate
    }
}

impl fmt::Debug for Am {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Am")
            .field("profile", &self.inner.config.profile)
            .field("base_path", &self.inner.config.base_path)
            .finish_non_exhaustive()
    }
}
