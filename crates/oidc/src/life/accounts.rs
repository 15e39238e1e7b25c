//! One entry per account: what is held, and the gate that lets one renewal through at a time.

use std::{
    collections::HashMap,
    fmt,
    hash::BuildHasher,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use journey_core::{AccessToken, Account, AccountId, Session, TokenError, UserInfo};
use secrecy::ExposeSecret;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Duration, Instant},
};

use crate::{
    client::Inner,
    life::{
        hashing::Spread,
        held::{Freshness, Held, Now},
    },
    record::Record,
};

/// How many independent parts the table has, so that threads seldom meet at one lock.
const PARTS: usize = 16;

/// Above this many entries in a part, those that nobody uses are looked for now and then.
const MANY: usize = 1024;

/// How long an entry must lie unused before it is forgotten; the store still has its tokens.
const IDLE: Duration = Duration::from_secs(900);

/// After a failed early renewal, how long to leave the server alone while the token is still good.
const PAUSE: Duration = Duration::from_secs(10);

/// All accounts that have been asked for lately.
#[derive(Default)]
pub(crate) struct Accounts {
    parts: [RwLock<Part>; PARTS],
    spread: Spread,
}

type Part = HashMap<AccountId, Arc<Entry>, Spread>;

/// What is known of one account.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    gate: Arc<Mutex<()>>,
    /// How many renewals have ended, however they did.
    attempts: AtomicU64,
    /// Tokens may live at the server that never came here.
    remainder: AtomicBool,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    failure: Option<Failure>,
    pause_until: Option<Instant>,
    used: Option<Instant>,
    user_info: Option<(UserInfo, u64, Instant)>,
    left_over: Vec<Arc<Record>>,
}

/// Why the last renewal failed, for those that waited for it.
#[derive(Debug)]
struct Failure {
    error: TokenError,
    generation: u64,
    session: Option<Session>,
}

impl Accounts {
    pub(crate) fn find(&self, id: &AccountId) -> Option<Arc<Entry>> {
        self.part(id).read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(crate) fn entry(&self, id: &AccountId) -> Arc<Entry> {
        let entry = self.find(id).unwrap_or_else(|| {
            let mut part = self.part(id).write().unwrap_or_else(PoisonError::into_inner);
            if part.len() >= MANY && part.len().is_power_of_two() {
                part.retain(|_, it| !it.is_idle());
            }
            Arc::clone(part.entry(id.clone()).or_default())
        });
        entry.write().used = Some(Instant::now());
        entry
    }

    fn part(&self, id: &AccountId) -> &RwLock<Part> {
        let hash = self.spread.hash_one(id);
        &self.parts[usize::try_from(hash % PARTS as u64).unwrap_or_default()]
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

impl Entry {
    /// Waits until no other renewal of this account runs.
    pub(crate) async fn pass(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.gate).lock_owned().await
    }

    /// As [`pass`](Self::pass), but none when one runs.
    pub(crate) fn try_pass(&self) -> Option<OwnedMutexGuard<()>> {
        Arc::clone(&self.gate).try_lock_owned().ok()
    }

    pub(crate) fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Acquire)
    }

    pub(crate) fn held(&self) -> Option<Held> {
        self.read().held.clone()
    }

    pub(crate) fn hold(&self, held: Held) {
        self.write().held = Some(held);
    }

    /// Puts tokens in the place of the same ones of which less was known; false when those are not held.
    pub(crate) fn replace(&self, old: &Record, new: &Arc<Record>, durable: bool) -> bool {
        let mut state = self.write();
        let Some(held) = state.held.as_mut().filter(|it| it.record.same_token(old)) else {
            return false;
        };
        held.token = new.access_token(durable);
        held.record = Arc::clone(new);
        true
    }

    /// Gives up what is held and everything that was learned with it.
    pub(crate) fn take(&self) -> Option<Held> {
        let mut state = self.write();
        state.user_info = None;
        state.held.take()
    }

    /// Notes that the store still wants what is held.
    pub(crate) fn checked_now(&self) {
        if let Some(held) = &mut self.write().held {
            held.checked = Instant::now();
        }
    }

    /// Tells those that waited how a renewal ended.
    pub(crate) fn finish(&self, who: &Account, result: &Result<AccessToken, TokenError>) {
        let mut state = self.write();
        state.failure = match result {
            Ok(_) => None,
            Err(error) => Some(Failure {
                error: error.clone(),
                generation: who.generation(),
                session: who.session(),
            }),
        };
        self.attempts.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns how the last renewal ended, unless the account is no longer what it was then.
    pub(crate) fn outcome(&self, who: &Account) -> Option<Result<AccessToken, TokenError>> {
        let state = self.read();
        if let Some(failure) = &state.failure {
            let same = failure.generation == who.generation()
                && same_session(failure.session.as_ref(), who.session().as_ref());
            return same.then(|| Err(failure.error.clone()));
        }
        let held = state.held.as_ref()?;
        (held.record.generation == who.generation()).then(|| Ok(held.token.clone()))
    }

    /// Leaves the server alone for a while, or as long as it asked.
    pub(crate) fn pause(&self, error: &TokenError) {
        let wait = error.retry_after().unwrap_or(PAUSE);
        self.write().pause_until = Instant::now().checked_add(wait);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.read().is_paused()
    }

    /// Notes that the server may hold tokens alive which nobody here knows.
    pub(crate) fn note_remainder(&self) {
        self.remainder.store(true, Ordering::Release);
    }

    pub(crate) fn take_remainder(&self) -> bool {
        self.remainder.swap(false, Ordering::AcqRel)
    }

    /// Remembers tokens that are used no more and still to be revoked.
    pub(crate) fn leave_over(&self, record: &Arc<Record>) {
        let mut state = self.write();
        state.left_over.retain(|it| !it.same_token(record));
        state.left_over.push(Arc::clone(record));
    }

    pub(crate) fn take_left_over(&self) -> Vec<Arc<Record>> {
        std::mem::take(&mut self.write().left_over)
    }

    pub(crate) fn user_info(&self, generation: u64) -> Option<UserInfo> {
        let state = self.read();
        let (info, of, until) = state.user_info.as_ref()?;
        (*of == generation && Instant::now() < *until).then(|| info.clone())
    }

    pub(crate) fn keep_user_info(&self, info: UserInfo, generation: u64, keep: Duration) {
        let until = Instant::now().checked_add(keep);
        self.write().user_info = until.map(|until| (info, generation, until));
    }

    /// Tells whether nobody has asked for it in a while, and all it knows is in the store too.
    fn is_idle(&self) -> bool {
        let state = self.read();
        let durable = state.held.as_ref().is_none_or(|it| it.token.is_durable());
        let told = state.left_over.is_empty() && !self.remainder.load(Ordering::Acquire);
        durable && told && state.used.is_none_or(|it| it.elapsed() > IDLE)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_paused(&self) -> bool {
        self.pause_until.is_some_and(|it| Instant::now() < it)
    }
}

impl Inner {
    /// Returns a token that can be handed out without asking anybody.
    pub(crate) fn at_hand(&self, who: &Account) -> Option<AccessToken> {
        let id = who.id();
        let part = self.accounts.part(id).read().unwrap_or_else(PoisonError::into_inner);
        let entry = part.get(id)?;
        let state = entry.read();
        let held = state.held.as_ref()?;
        // Reading a clock is the dearest thing here, so each is read once.
        let now = Now { wall: self.clock.now(), timer: Instant::now() };
        let wanted = held.generation == who.generation()
            && held.token.is_durable()
            && now.timer.saturating_duration_since(held.checked) < self.config.recheck;
        if !wanted {
            return None;
        }
        match held.freshness_at(now) {
            Freshness::Good => Some(held.token.clone()),
            // Renewed already, or not to be tried now: no need to wait for that.
            Freshness::Due if state.is_paused() || entry.gate.try_lock().is_err() => {
                Some(held.token.clone())
            }
            Freshness::Due | Freshness::Ended => None,
        }
    }

    /// Returns a token that is still good although new ones are due.
    pub(crate) fn still_good(&self, who: &Account, entry: &Entry) -> Option<AccessToken> {
        let held = entry.held().filter(|it| it.record.generation == who.generation())?;
        (held.freshness(self.clock.now()) != Freshness::Ended).then_some(held.token)
    }
}

fn same_session(one: Option<&Session>, two: Option<&Session>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => one.value().expose_secret() == two.value().expose_secret(),
        (one, two) => one.is_none() && two.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use journey_core::{AccountWriter, Realm, Server};
    use secrecy::SecretString;
    use serde_json::Map;

    use super::*;
    use crate::id_token::IdClaims;

    fn account(name: &str) -> AccountId {
        let server = Server::new("https://am.example.com/am").unwrap();
        AccountWriter::new(server, Realm::root(), name).account().id().clone()
    }

    fn record() -> Arc<Record> {
        Arc::new(Record {
            issuer: String::new(),
            requested: Vec::new(),
            generation: 0,
            access_token: SecretString::from("token"),
            refresh_token: None,
            id_token: None,
            id_claims: IdClaims::default(),
            first_nonce: None,
            scopes: Vec::new(),
            obtained_at: 0,
            lifetime: None,
            extra: Map::new(),
            untaken: Vec::new(),
        })
    }

    /// Other accounts in the same part of the table.
    fn neighbors(accounts: &Accounts, id: &AccountId) -> impl Iterator<Item = AccountId> {
        let ids = (0..).map(|it: u64| account(&it.to_string()));
        ids.filter(|it| std::ptr::eq(accounts.part(it), accounts.part(id)))
    }

    /// Nobody else knows of either.
    #[tokio::test(start_paused = true)]
    async fn what_a_sign_out_has_to_tell_or_to_end_is_kept_however_long_an_account_lies_idle() {
        let notes: [fn(&Entry); 2] = [Entry::note_remainder, |it| it.leave_over(&record())];
        for note in notes {
            let (accounts, noted) = (Accounts::default(), account("default"));
            note(&accounts.entry(&noted));
            let idle: Vec<_> = neighbors(&accounts, &noted).take(MANY).collect();
            let (newest, idle) = idle.split_last().unwrap();
            idle.iter().for_each(|it| drop(accounts.entry(it)));
            tokio::time::advance(IDLE + Duration::from_secs(1)).await;

            accounts.entry(newest);

            assert!(idle.iter().all(|it| accounts.find(it).is_none()));
            assert!(accounts.find(&noted).is_some());
        }
    }
}
