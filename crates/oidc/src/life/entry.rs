//! What is known of one account, and the gate that lets one renewal through at a time.

use std::sync::{
    Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use journey_core::{AccessToken, Account, Session, TokenError, UserInfo};
use secrecy::ExposeSecret;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Duration, Instant},
};

use crate::{
    life::held::{Freshness, Held, Now},
    record::Record,
};

/// How long an entry must lie unused before it is forgotten; the store still has its tokens.
pub(super) const IDLE: Duration = Duration::from_secs(900);

/// After a failed early renewal, how long to leave the server alone while the token is still good.
const PAUSE: Duration = Duration::from_secs(10);

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
pub(super) struct State {
    /// Changed by [`Accounts`](crate::life::Accounts) alone, which hands it out.
    pub(super) held: Option<Held>,
    failure: Option<Failure>,
    pause_until: Option<Instant>,
    used: Option<Instant>,
    pub(super) user_info: Option<(UserInfo, u64, Instant)>,
    left_over: Vec<Arc<Record>>,
}

/// Why the last renewal failed, for those that waited for it.
#[derive(Debug)]
struct Failure {
    error: TokenError,
    generation: u64,
    session: Option<Session>,
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

    /// Tells whether there may be such, and leaves it to the sign-out to tell too.
    pub(crate) fn has_remainder(&self) -> bool {
        self.remainder.load(Ordering::Acquire)
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
    pub(super) fn is_idle(&self) -> bool {
        let state = self.read();
        let durable = state.held.as_ref().is_none_or(|it| it.token.is_durable());
        let told = state.left_over.is_empty() && !self.has_remainder();
        durable && told && state.used.is_none_or(|it| it.elapsed() > IDLE)
    }

    /// Notes that it was asked for.
    pub(super) fn touch(&self) {
        self.write().used = Some(Instant::now());
    }

    /// Returns the token if it can be handed out without asking anybody, by a judgment of everything
    /// that matters.
    pub(super) fn judged(
        &self,
        generation: u64,
        now: Now,
        recheck: Duration,
    ) -> Option<AccessToken> {
        let state = self.read();
        let held = state.held.as_ref()?;
        let wanted = held.generation == generation
            && held.token.is_durable()
            && now.timer.saturating_duration_since(held.checked) < recheck;
        if !wanted {
            return None;
        }
        match held.freshness_at(now) {
            Freshness::Good => Some(held.token.clone()),
            // Renewed already, or not to be tried now: no need to wait for that.
            Freshness::Due if state.is_paused() || self.gate.try_lock().is_err() => {
                Some(held.token.clone())
            }
            Freshness::Due | Freshness::Ended => None,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_paused(&self) -> bool {
        self.pause_until.is_some_and(|it| Instant::now() < it)
    }
}

fn same_session(one: Option<&Session>, two: Option<&Session>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => one.value().expose_secret() == two.value().expose_secret(),
        (one, two) => one.is_none() && two.is_none(),
    }
}
