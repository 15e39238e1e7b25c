//! Configures a server.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::sim::realm::{RealmConfig, normalized};
use crate::sim::{Am, Lifetimes, OAuthClient, Page, Profile, Tree, User};

/// What does not change while the server runs.
pub(crate) struct Config {
    pub(crate) profile: Profile,
    pub(crate) base_path: String,
    pub(crate) cookie_name: String,
    pub(crate) cookie_domains: Vec<String>,
    pub(crate) http_only: bool,
    pub(crate) token_id: TokenId,
    pub(crate) origin: Option<String>,
    pub(crate) realms: BTreeMap<String, RealmConfig>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

/// How a final answer names the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TokenId {
    #[default]
    InBody,
    /// `tokenId` is an empty text.
    Empty,
    /// There is no `tokenId`.
    Absent,
}

/// Configures a server; made by [`Am::builder`].
///
/// Realms come into being when something is put into them; the root realm is always there. The
/// first tree of a realm is its default.
///
/// ```
/// use journey_testkit::clock::ManualClock;
/// use journey_testkit::sim::{Am, OAuthClient, Tree, User};
///
/// let clock = ManualClock::default();
/// let am = Am::builder()
///     .cookie_name("6ac6499e9da2071")
///     .user("alpha", User::new("bjensen", "Passw0rd1"))
///     .client("alpha", OAuthClient::public("app").redirect_uri("com.example.app:/callback"))
///     .tree("alpha", Tree::password("Login"))
///     .clock(clock.as_fn())
///     .build();
/// assert_eq!(am.cookie_name(), "6ac6499e9da2071");
/// ```
#[derive(Default)]
#[must_use]
pub struct AmBuilder {
    profile: Profile,
    base_path: Option<String>,
    cookie_name: Option<String>,
    cookie_domains: Vec<String>,
    http_only: Option<bool>,
    token_id: TokenId,
    origin: Option<String>,
    realms: BTreeMap<String, RealmConfig>,
    lifetimes: Vec<Change>,
    clock: Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>,
}

type Change = Box<dyn FnOnce(&mut Lifetimes)>;

impl AmBuilder {
    /// Sets which server is played.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the path that all others begin with; default is `/am`, or `/openam`.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        let inner = path.trim_matches('/');
        self.base_path = Some(if inner.is_empty() { String::new() } else { format!("/{inner}") });
        self
    }

    /// Sets the name of the session cookie; default is `iPlanetDirectoryPro`.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Sets a domain that cookies are set for; each call adds one, and each cookie comes once for
    /// each, as an Advanced Identity Cloud with several custom domains does it.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.cookie_domains.push(domain.into());
        self
    }

    /// Leaves the `HttpOnly` attribute off the session cookie, or puts it there.
    pub fn http_only_cookies(mut self, http_only: bool) -> Self {
        self.http_only = Some(http_only);
        self
    }

    /// Leaves `tokenId` empty in final answers, as PingAM does with `HttpOnly` cookies when the
    /// request carried a session: the session comes as a cookie only.
    pub fn empty_token_id(mut self) -> Self {
        self.token_id = TokenId::Empty;
        self
    }

    /// Leaves `tokenId` out of final answers: the session comes as a cookie only.
    pub fn no_token_id(mut self) -> Self {
        self.token_id = TokenId::Absent;
        self
    }

    /// Sets the origin that the server believes to have (`https://am.example.com`), whatever the
    /// client called it.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Makes a realm without anything in it.
    pub fn realm(mut self, realm: &str) -> Self {
        self.realm_mut(realm);
        self
    }

    /// Adds a user to a realm.
    pub fn user(mut self, realm: &str, user: User) -> Self {
        self.realm_mut(realm).users.insert(user.username.clone(), user);
        self
    }

    /// Adds an OAuth 2.0 client to a realm.
    pub fn client(mut self, realm: &str, client: OAuthClient) -> Self {
        self.realm_mut(realm).clients.insert(client.id.clone(), client);
        self
    }

    /// Adds a tree to a realm; the first one is the default.
    pub fn tree(mut self, realm: &str, tree: Tree) -> Self {
        let realm = self.realm_mut(realm);
        realm.default_tree.get_or_insert_with(|| tree.name().to_owned());
        realm.trees.insert(tree.name().to_owned(), Arc::new(tree));
        self
    }

    /// Adds an authentication module to a realm: a page that `authIndexType=module` asks for, and
    /// that `level` offers in its menu. The modules of trees are known without this.
    pub fn module(mut self, realm: &str, name: impl Into<String>, page: Page) -> Self {
        self.realm_mut(realm).modules.push((name.into(), page));
        self
    }

    /// Changes how long things live.
    pub fn lifetimes(mut self, change: impl FnOnce(&mut Lifetimes) + 'static) -> Self {
        self.lifetimes.push(Box::new(change));
        self
    }

    /// Sets the clock; default is the system's.
    pub fn clock(mut self, clock: Arc<dyn Fn() -> SystemTime + Send + Sync>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Makes the server.
    pub fn build(mut self) -> Am {
        self.realm_mut("root");
        let profile = self.profile;
        let mut lifetimes = Lifetimes::of(profile);
        for change in self.lifetimes {
            change(&mut lifetimes);
        }
        Am::new(Config {
            profile,
            base_path: self.base_path.unwrap_or_else(|| profile.default_base_path().to_owned()),
            cookie_name: self.cookie_name.unwrap_or_else(|| "iPlanetDirectoryPro".to_owned()),
            cookie_domains: self.cookie_domains,
            http_only: self.http_only.unwrap_or(!profile.is_openam()),
            token_id: self.token_id,
            origin: self.origin,
            realms: self.realms,
            lifetimes,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemTime::now)),
        })
    }

    fn realm_mut(&mut self, realm: &str) -> &mut RealmConfig {
        self.realms.entry(normalized(realm)).or_default()
    }
}

impl fmt::Debug for AmBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmBuilder")
            .field("profile", &self.profile)
            .field("realms", &self.realms.keys())
            .finish_non_exhaustive()
    }
}
