//! The accounts in use, one state for all who work with the same one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use journey_core::{Account, AccountWriter, Session};
use journey_storage::Key;
use journey_transport::CookieJar;
use secrecy::SecretString;

use crate::{parts::Parts, session_store::same};

/// What is known in memory of an account.
#[derive(Debug)]
pub(crate) struct AccountState {
    pub(crate) writer: AccountWriter,
    /// The cookies of this account alone: the load balancer's, and those meant to last.
    pub(crate) jar: CookieJar,
    /// Held while session and generation change together, in memory or in the store; never while a server or a
    /// provider is asked.
    pub(crate) turn: tokio::sync::Mutex<()>,
    unsaved: Mutex<Option<Unsaved>>,
    /// Whether there is something in `unsaved`: each token asks, and threads that look at a lock slow
    /// each other down.
    is_unsaved: AtomicBool,
    ending: Mutex<Vec<Ending>>,
}

/// A session that a sign-out is ending.
#[derive(Debug)]
struct Ending {
    session: Session,
    /// The generation that the session belongs to: who signs in later belongs to a higher one.
    generation: u64,
}

/// Says that a session lives in memory only, because the store refused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsaved {
    /// It goes on with the session that the slot had: nobody else's tokens are meant.
    StepUp,
    /// It is a new sign-in, and nobody has been told yet.
    SignIn,
    /// It is a new sign-in, and the tokens of whoever was signed in here before have been made dead: this was
    /// the generation then.
    AnnouncedSignIn(u64),
}

impl AccountState {
    fn new(parts: &Parts, name: &str) -> Self {
        let writer = AccountWriter::new(parts.server.clone(), parts.realm.clone(), name);
        let jar = CookieJar::new();
        let mut extensions = http::Extensions::new();
        extensions.insert(jar.clone());
        writer.set_extensions(extensions);
        Self {
            writer,
            jar,
            turn: tokio::sync::Mutex::default(),
            unsaved: Mutex::default(),
            is_unsaved: AtomicBool::new(false),
            ending: Mutex::default(),
        }
    }

    pub(crate) fn account(&self) -> &Account {
        self.writer.account()
    }

    pub(crate) fn unsaved(&self) -> Option<Unsaved> {
        if !self.is_unsaved.load(Ordering::Acquire) {
            return None;
        }
        *self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_unsaved(&self, unsaved: Option<Unsaved>) {
        let mut current = self.unsaved.lock().unwrap_or_else(PoisonError::into_inner);
        *current = unsaved;
        self.is_unsaved.store(unsaved.is_some(), Ordering::Release);
    }

    /// Tells whether the generation has risen, as far as is known, since the session was read or set.
    pub(crate) fn is_behind(&self) -> bool {
        self.account().session_generation() < Some(self.account().generation())
    }

    /// The session that the latest of the sign-outs under way is ending. What the store still has of one that is
    /// being ended is no login any more, until it is removed there.
    pub(crate) fn ending(&self) -> Option<Session> {
        self.endings().last().map(|it| it.session.clone())
    }

    /// The generation of a session that is being ended.
    pub(crate) fn generation_of_ending(&self, session: &Session) -> Option<u64> {
        let endings = self.endings();
        endings.iter().find(|it| same(&it.session, session.value())).map(|it| it.generation)
    }

    pub(crate) fn is_ending(&self, value: &SecretString) -> bool {
        self.endings().iter().any(|it| same(&it.session, value))
    }

    pub(crate) fn begin_ending(&self, session: &Session, generation: u64) {
        self.stop_ending(session);
        self.endings().push(Ending { session: session.clone(), generation });
    }

    pub(crate) fn stop_ending(&self, session: &Session) {
        self.endings().retain(|it| !same(&it.session, session.value()));
    }

    /// The store has a new login now. AM may have given the very session that a sign-out could not end.
    pub(crate) fn forget_endings(&self) {
        self.endings().clear();
    }

    fn endings(&self) -> MutexGuard<'_, Vec<Ending>> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clear_cookies(&self) {
        for name in self.jar.names() {
            self.jar.remove(&name);
        }
    }

    pub(crate) fn session_key(&self) -> Key {
        let (server, realm, name) = self.key_parts();
        Key::session(server, realm, name)
    }

    pub(crate) fn generation_key(&self) -> Key {
        let (server, realm, name) = self.key_parts();
        Key::generation(server, realm, name)
    }

    pub(crate) fn key_parts(&self) -> (&str, &str, &str) {
        let id = self.account().id();
        (id.server(), id.realm().as_str(), id.name())
    }
}

/// Finds the state of an account by its name.
///
/// A state lives as long as somebody works with it, and longer while its session is not stored yet.
#[derive(Debug, Default)]
pub(crate) struct Accounts(Mutex<HashMap<String, Entry>>);

#[derive(Debug)]
struct Entry {
    state: Weak<AccountState>,
    /// Keeps a login alive that no store has, and a sign-out that no store has taken.
    pinned: Option<Arc<AccountState>>,
}

impl Accounts {
    pub(crate) fn get(&self, name: &str, parts: &Parts) -> Arc<AccountState> {
        let mut entries = self.entries();
        if let Some(state) = entries.get(name).and_then(|it| it.state.upgrade()) {
            return state;
        }
        // Grows only as far as there are accounts in use: whoever comes in new sweeps the dead out.
        if entries.len() == entries.capacity() {
            entries.retain(|_, it| it.state.strong_count() > 0);
        }
        let state = Arc::new(AccountState::new(parts, name));
        let entry = Entry { state: Arc::downgrade(&state), pinned: None };
        entries.insert(name.to_owned(), entry);
        state
    }

    /// Keeps the state alive while it knows better than the store who is signed in, and no longer.
    pub(crate) fn pin(&self, state: &Arc<AccountState>) {
        if let Some(entry) = self.entries().get_mut(state.account().name()) {
            let knows_better = state.unsaved().is_some() || state.ending().is_some();
            entry.pinned = knows_better.then(|| Arc::clone(state));
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
