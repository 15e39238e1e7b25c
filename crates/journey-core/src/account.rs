//! Whose session and tokens are meant: what the facade tells a token provider about a user.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    realm::Realm,
    server::Server,
    session::Session,
    token::{TokenError, TokenErrorKind},
};

/// Identifies an account: server, realm and the name of the slot its login is kept under.
///
/// Cheap to clone, compared by value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId {
    names: Arc<(Arc<str>, Realm, String)>,
    /// Made of the names, once: an account is looked up far more often than it is made.
    hash: u64,
}

impl AccountId {
    fn new(server: Arc<str>, realm: Realm, name: String) -> Self {
        let names = Arc::new((server, realm, name));
        let mut hasher = DefaultHasher::new();
        names.hash(&mut hasher);
        Self { names, hash: hasher.finish() }
    }

    /// Returns the server's base URL, such as `https://am.example.com/am`.
    pub fn server(&self) -> &str {
        &self.names.0
    }

    /// Returns the realm.
    pub fn realm(&self) -> &Realm {
        &self.names.1
    }

    /// Returns the slot's name; `default` when a program has one user only.
    pub fn name(&self) -> &str {
        &self.names.2
    }
}

impl Hash for AccountId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({} {} {})", self.server(), self.realm(), self.name())
    }
}

/// Shows a token provider the account it works for: who, and the session as it is now.
///
/// Cheap to clone; equal when the [`AccountId`] is. Session and generation are read live, and
/// [`session_under`](Self::session_under) reads them as one, so a provider never works with the
/// session of an earlier user of the same slot without noticing.
///
/// ```
/// use journey_core::{AccountWriter, Realm, Server, Session};
///
/// let writer = AccountWriter::new(Server::new("https://am.example.com/am")?, Realm::root(), "default");
/// let account = writer.account().clone();
/// assert!(account.session().is_none());
/// writer.set_session(Some(Session::new("AQIC5w..", None, Realm::root())));
/// assert!(account.session().is_some());
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Account(Arc<Inner>);

struct Inner {
    id: AccountId,
    server: Server,
    login: RwLock<Login>,
    generation: AtomicU64,
    extensions: RwLock<http::Extensions>,
}

/// A session and the generation it belongs to: they change together.
#[derive(Default)]
struct Login {
    session: Option<Session>,
    /// None when whoever set the session did not say.
    of: Option<u64>,
}

impl Account {
    /// Returns the identity, fit for a key in a map.
    pub fn id(&self) -> &AccountId {
        &self.0.id
    }

    /// Returns the server and what is known of it.
    pub fn server(&self) -> &Server {
        &self.0.server
    }

    /// Returns the realm.
    pub fn realm(&self) -> &Realm {
        self.0.id.realm()
    }

    /// Returns the slot's name.
    pub fn name(&self) -> &str {
        self.0.id.name()
    }

    /// Returns the session as it is now, or none before sign-in and after sign-out.
    pub fn session(&self) -> Option<Session> {
        self.login().session.clone()
    }

    /// Returns the session for a request whose answer will belong to this generation of the account.
    ///
    /// A provider reads the generation from the store, then calls this: what it gets is never the
    /// session of a user who had been replaced by then, however many processes share the slot. (A
    /// newer one may come instead; then the generation has risen, and the answer is thrown away.)
    ///
    /// # Errors
    /// [`TokenError`] of kind `AccountChanged` when the session here is known to belong to an earlier
    /// generation: another process has signed the user out, or another one in, and the session has to
    /// be read again.
    ///
    /// ```
    /// use journey_core::{AccountWriter, Realm, Server, Session, TokenErrorKind};
    ///
    /// let server = Server::new("https://am.example.com/am")?;
    /// let writer = AccountWriter::new(server, Realm::root(), "default");
    /// writer.set_session_of(3, Some(Session::new("AQIC5w..", None, Realm::root())));
    /// let account = writer.account();
    /// assert!(account.session_under(3).is_ok_and(|it| it.is_some()));
    /// let error = account.session_under(4).unwrap_err();
    /// assert_eq!(error.kind(), TokenErrorKind::AccountChanged);
    /// # Ok::<(), journey_core::Error>(())
    /// ```
    pub fn session_under(&self, generation: u64) -> Result<Option<Session>, TokenError> {
        let login = self.login();
        if login.of.is_some_and(|it| it < generation) {
            let message = "the session here is older than the last sign-in or sign-out elsewhere";
            return Err(TokenError::new(TokenErrorKind::AccountChanged, message));
        }
        Ok(login.session.clone())
    }

    /// Returns the generation that the session belongs to; none when whoever set it did not say.
    pub fn session_generation(&self) -> Option<u64> {
        self.login().of
    }

    /// Returns how many sign-outs and changes of user this slot has seen, as far as is known here.
    ///
    /// Tokens belong to the generation they were asked for under; those of an older one are dead.
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Takes notice of a generation read from a store. It only rises, so this can only end tokens.
    pub fn observe_generation(&self, seen: u64) {
        self.0.generation.fetch_max(seen, Ordering::AcqRel);
    }

    /// Returns what every request for this account carries along, such as its cookies.
    ///
    /// Put it into [`http::Request::extensions_mut`]; the HTTP client knows what to do with it.
    pub fn extensions(&self) -> http::Extensions {
        self.0.extensions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn login(&self) -> RwLockReadGuard<'_, Login> {
        self.0.login.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Account {}

impl Hash for Account {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.0.id)
            .field("has_session", &self.session().is_some())
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}

/// Changes what an [`Account`] shows: the half that the facade keeps for itself.
#[derive(Debug)]
pub struct AccountWriter(Account);

impl AccountWriter {
    /// Makes an account without a session.
    pub fn new(server: Server, realm: Realm, name: &str) -> Self {
        let id = AccountId::new(server.shared_url(), realm, name.to_owned());
        Self(Account(Arc::new(Inner {
            id,
            server,
            login: RwLock::default(),
            generation: AtomicU64::new(0),
            extensions: RwLock::default(),
        })))
    }

    /// Returns the account this writes to.
    pub fn account(&self) -> &Account {
        &self.0
    }

    /// Replaces the session, for a program that keeps its sessions where no other process changes them.
    pub fn set_session(&self, session: Option<Session>) {
        *self.login() = Login { session, of: None };
    }

    /// Replaces the session and says which generation it belongs to: that read from the store *before*
    /// the session was read from there, or that made *after* the session was put there.
    pub fn set_session_of(&self, generation: u64, session: Option<Session>) {
        *self.login() = Login { session, of: Some(generation) };
    }

    /// Notes that the session has been found to belong to this later generation too.
    pub fn session_belongs_to(&self, generation: u64) {
        let mut login = self.login();
        login.of = login.of.max(Some(generation));
    }

    /// Replaces what every request for this account carries along.
    pub fn set_extensions(&self, extensions: http::Extensions) {
        *self.0.0.extensions.write().unwrap_or_else(PoisonError::into_inner) = extensions;
    }

    fn login(&self) -> RwLockWriteGuard<'_, Login> {
        self.0.0.login.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn writer(name: &str) -> AccountWriter {
        let server = Server::new("https://am.example.com/am").unwrap();
        AccountWriter::new(server, Realm::root(), name)
    }

    #[test]
    fn a_generation_only_rises() {
        let account = writer("a").account().clone();
        account.observe_generation(3);
        account.observe_generation(2);
        assert_eq!(account.generation(), 3);
    }

    #[test]
    fn a_session_is_never_given_for_a_later_generation_than_it_belongs_to() {
        let writer = writer("a");
        let session = || Some(Session::new("value", None, Realm::root()));
        let kind = |generation| writer.account().session_under(generation).map_err(|it| it.kind());
        writer.set_session_of(2, session());
        assert!(kind(1).unwrap().is_some() && kind(2).unwrap().is_some());
        assert_eq!(kind(3).err(), Some(TokenErrorKind::AccountChanged));
        writer.session_belongs_to(3);
        writer.session_belongs_to(2);
        assert!(kind(3).unwrap().is_some());
        writer.set_session_of(3, None);
        assert_eq!(kind(4).err(), Some(TokenErrorKind::AccountChanged), "nobody may be signed in");
        writer.set_session(session());
        assert!(kind(9).unwrap().is_some(), "nobody said what it belongs to");
    }

    #[test]
    fn accounts_are_equal_by_identity_not_by_session() {
        let (one, two, other) = (writer("a"), writer("a"), writer("b"));
        one.set_session(Some(Session::new("value", None, Realm::root())));
        assert_eq!(one.account(), two.account());
        assert_ne!(one.account(), other.account());
    }

    #[test]
    fn equal_accounts_made_apart_are_found_by_each_other() {
        let known = HashSet::from([writer("a").account().id().clone()]);
        assert!(known.contains(writer("a").account().id()));
        assert!(!known.contains(writer("b").account().id()));
    }

    #[test]
    fn debug_shows_no_session_value() {
        let writer = writer("a");
        writer.set_session(Some(Session::new("sentinel", None, Realm::root())));
        assert!(!format!("{writer:?}").contains("sentinel"));
    }
}
