//! All accounts in use: what most calls ask for at the surface, the rest one step away.

use std::{
    collections::HashMap,
    fmt,
    hash::BuildHasher,
    sync::{Arc, PoisonError},
};

use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};
use journey_core::{AccessToken, Account, AccountId, Clock};
use tokio::time::{Duration, Instant};

use crate::{
    client::Inner,
    life::{
        clocks::Clocks,
        entry::{Entry, State},
        hashing::Spread,
        held::{Freshness, Held, Now},
        ready::Ready,
    },
    record::Record,
};

/// How many independent parts the table has, so that a change in one seldom keeps others waiting.
const PARTS: usize = 16;

/// Above this many entries in a part, those that nobody uses are looked for now and then.
const MANY: usize = 1024;

/// All accounts that have been asked for lately.
///
/// Who reads takes a lock that hardly another thread takes; who writes takes all of them. Tokens change
/// once in minutes and are asked for all the time.
pub(crate) struct Accounts {
    parts: [ShardedLock<Part>; PARTS],
    spread: Spread,
    clocks: Clocks,
    recheck: Duration,
}

type Part = HashMap<AccountId, Row, Spread>;

/// With its key it fills 64 bytes, so that the token of one in a million accounts is found with one
/// look into memory that is far away.
#[derive(Default)]
struct Row {
    ready: Option<Ready>,
    entry: Arc<Entry>,
}

impl Accounts {
    pub(crate) fn new(clock: Clock, recheck: Duration) -> Self {
        let clocks = Clocks::new(clock);
        Self { parts: Default::default(), spread: Spread::default(), clocks, recheck }
    }

    pub(crate) fn find(&self, id: &AccountId) -> Option<Arc<Entry>> {
        self.read(id).get(id).map(|it| Arc::clone(&it.entry))
    }

    pub(crate) fn entry(&self, id: &AccountId) -> Arc<Entry> {
        let entry = self.find(id).unwrap_or_else(|| {
            let mut part = self.write(id);
            if part.len() >= MANY && part.len().is_power_of_two() {
                // Whoever works with an entry finds it again.
                part.retain(|_, it| Arc::strong_count(&it.entry) > 1 || !it.entry.is_idle());
            }
            Arc::clone(&part.entry(id.clone()).or_default().entry)
        });
        entry.touch();
        entry
    }

    /// Puts tokens into the account's entry, which somebody works with.
    pub(crate) fn hold(&self, id: &AccountId, held: Held) {
        self.change(id, |it| it.held = Some(held));
    }

    /// Puts tokens in the place of the same ones of which less was known; false when those are not held.
    pub(crate) fn replace(
        &self,
        id: &AccountId,
        old: &Record,
        new: &Arc<Record>,
        durable: bool,
    ) -> bool {
        let replaced = self.change(id, |state| {
            let held = state.held.as_mut().filter(|it| it.record.same_token(old))?;
            held.token = new.access_token(durable);
            held.record = Arc::clone(new);
            Some(())
        });
        replaced.flatten().is_some()
    }

    /// Gives up what is held and everything that was learned with it.
    pub(crate) fn take(&self, id: &AccountId) -> Option<Held> {
        self.change(id, |state| {
            state.user_info = None;
            state.held.take()
        })?
    }

    /// Notes that the store still wants what is held.
    pub(crate) fn checked_now(&self, id: &AccountId) {
        self.change(id, |state| {
            if let Some(held) = &mut state.held {
                held.checked = Instant::now();
            }
        });
    }

    /// Changes what is held, and with it what is handed out; none when the account is not known.
    fn change<T>(&self, id: &AccountId, how: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut part = self.write(id);
        let row = part.get_mut(id)?;
        let mut state = row.entry.write();
        let result = how(&mut state);
        row.ready = state.held.as_ref().and_then(|it| Ready::of(it, self.recheck, &self.clocks));
        Some(result)
    }

    fn read(&self, id: &AccountId) -> ShardedLockReadGuard<'_, Part> {
        self.part(id).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, id: &AccountId) -> ShardedLockWriteGuard<'_, Part> {
        self.part(id).write().unwrap_or_else(PoisonError::into_inner)
    }

    fn part(&self, id: &AccountId) -> &ShardedLock<Part> {
        let hash = self.spread.hash_one(id);
        &self.parts[usize::try_from(hash % PARTS as u64).unwrap_or_default()]
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

impl Inner {
    /// Returns a token that can be handed out without asking anybody.
    pub(crate) fn at_hand(&self, who: &Account) -> Option<AccessToken> {
        let (id, generation) = (who.id(), who.generation());
        let now = self.accounts.clocks.now();
        let part = self.accounts.read(id);
        let row = part.get(id)?;
        if let (Some(ready), Some(now)) = (&row.ready, now)
            && ready.is_at(generation, now)
        {
            return Some(ready.token.clone());
        }
        let entry = Arc::clone(&row.entry);
        drop(part);
        let now = Now { wall: self.clock.now(), timer: Instant::now() };
        entry.judged(generation, now, self.config.recheck)
    }

    /// Returns a token that is still good although new ones are due.
    pub(crate) fn still_good(&self, who: &Account, entry: &Entry) -> Option<AccessToken> {
        let held = entry.held().filter(|it| it.record.generation == who.generation())?;
        (held.freshness(self.clock.now()) != Freshness::Ended).then_some(held.token)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use journey_core::{AccountWriter, Realm, Server, UserInfo};
    use journey_testkit::clock::ManualClock;
    use secrecy::SecretString;
    use serde_json::Map;

    use super::*;
    use crate::id_token::IdClaims;
    use crate::life::entry::IDLE;

    fn accounts() -> Accounts {
        // One that is handed in, so that the timer is read each time.
        let now = ManualClock::default().as_fn();
        Accounts::new(Clock::new(move || now()), Duration::from_secs(30))
    }

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

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn what_most_calls_need_of_an_account_is_in_64_bytes() {
        assert_eq!(size_of::<(AccountId, Row)>(), 64);
    }

    fn held() -> Held {
        Held::new(record(), true, SystemTime::now(), Duration::ZERO, 0)
    }

    fn is_ready(accounts: &Accounts, id: &AccountId) -> bool {
        let (part, now) = (accounts.read(id), accounts.clocks.now().unwrap());
        part.get(id).and_then(|it| it.ready.as_ref()).is_some_and(|it| it.is_at(0, now))
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_given_up_are_neither_handed_out_nor_is_what_was_learned_with_them() {
        let (accounts, id) = (accounts(), account("default"));
        let entry = accounts.entry(&id);
        accounts.hold(&id, held());
        let info = UserInfo::new(Map::new());
        entry.keep_user_info(info, 0, Duration::from_secs(60));
        assert!(is_ready(&accounts, &id) && entry.user_info(0).is_some());
        assert!(accounts.take(&id).is_some());
        assert!(!is_ready(&accounts, &id) && entry.user_info(0).is_none());
        assert!(accounts.take(&id).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_same_tokens_are_replaced_by_what_is_known_better() {
        let (accounts, id) = (accounts(), account("default"));
        let entry = accounts.entry(&id);
        assert!(!accounts.replace(&id, &record(), &record(), true), "nothing is held");
        accounts.hold(&id, held());
        let other =
            Record { access_token: SecretString::from("other"), ..Record::clone(&record()) };
        assert!(!accounts.replace(&id, &other, &record(), false));
        assert!(is_ready(&accounts, &id));
        let better = record();
        assert!(accounts.replace(&id, &record(), &better, false));
        assert!(entry.held().is_some_and(|it| Arc::ptr_eq(&it.record, &better)));
        assert!(!is_ready(&accounts, &id), "the store has not got it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_ready_again_once_the_store_still_wants_it() {
        let (accounts, id) = (accounts(), account("default"));
        let _entry = accounts.entry(&id);
        accounts.hold(&id, held());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(!is_ready(&accounts, &id));
        accounts.checked_now(&id);
        assert!(is_ready(&accounts, &id));
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
            let (accounts, noted) = (accounts(), account("default"));
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

    #[tokio::test(start_paused = true)]
    async fn an_account_that_somebody_works_for_is_not_forgotten() {
        let (accounts, busy) = (accounts(), account("default"));
        let working = accounts.entry(&busy);
        let idle: Vec<_> = neighbors(&accounts, &busy).take(MANY).collect();
        let (newest, idle) = idle.split_last().unwrap();
        idle.iter().for_each(|it| drop(accounts.entry(it)));
        tokio::time::advance(IDLE + Duration::from_secs(1)).await;

        accounts.entry(newest);

        assert!(accounts.find(&idle[0]).is_none());
        assert!(accounts.find(&busy).is_some_and(|it| Arc::ptr_eq(&it, &working)));
    }
}
