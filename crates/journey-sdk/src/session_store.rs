//! Keeps sessions: what is stored of one, when, and what happens to an earlier user's tokens.

use std::{sync::Arc, time::Duration};

use journey_core::{PendingSignOut, Session};
use journey_storage::{
    ErrorKind as StorageErrorKind, KeyPrefix, Lock, Slot, Storage, generation, raise_generation,
};
use journey_transport::CookieJar;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::{
    account::{AccountState, Unsaved},
    context::Context,
    error::Error,
    exchange::Exchange,
    user::User,
};

/// How long to wait for the account's lock before a session is put beside it. A refresh may hold the
/// lock for as long as a request may take.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// AM's cookies that mean something during a journey only.
const JOURNEY_COOKIES: [&str; 2] = ["AMAuthCookie", "reentry"];

/// What is stored of a session.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(with = "journey_storage::secret_text")]
    value: SecretString,
    success_url: Option<String>,
    realm: String,
    #[serde(with = "journey_storage::secret_text::option", default)]
    cookies: Option<SecretString>,
    /// The generation that begins with this session. It is written before the generation rises to it; whoever
    /// reads it before that, because the writer was killed in between, makes it rise.
    #[serde(default)]
    generation: u64,
}

/// What became of a new session.
pub(crate) struct Kept {
    pub(crate) user: User,
    pub(crate) stored: Result<(), Error>,
    pub(crate) replaced: Option<PendingSignOut>,
}

/// Makes a new session the account's own, in memory and in the store.
///
/// Unless it raises the session that the slot has, tokens of whoever was signed in here before are dead from
/// now on: they must never be handed to this user. The session changes first and the generation rises then, in
/// memory and in the store, so that whoever asks for tokens under the new generation asks with the new session.
pub(crate) async fn keep(exchange: &Exchange, session: &Session) -> Kept {
    let context = &exchange.context;
    let state = context.accounts.get(&exchange.account, &context.parts);
    let turn = state.turn.lock().await;
    let step_up = is_step_up(exchange, &state).await;
    if !step_up {
        state.clear_cookies();
    }
    take_cookies(exchange, session, &state);
    let owed = state.unsaved().is_some_and(|it| it.owes_raise);
    state.writer.set_session_of(state.account().generation(), Some(session.clone()));
    state.set_unsaved(Some(Unsaved { owes_raise: owed || !step_up }));
    let stored = save_in_turn(context, &state).await;
    drop(turn);
    let replaced = match step_up {
        true => None,
        false => {
            let pending = revoke_earlier_tokens(context, &state).await;
            // What can't be read now is read when it is needed.
            let _ = follow(context, &state).await;
            pending
        }
    };
    Kept { user: User::new(Arc::clone(context), state), stored, replaced }
}

/// Tells whether the journey went on from the very session that the slot has now. Somebody else may have signed
/// in here meanwhile.
async fn is_step_up(exchange: &Exchange, state: &AccountState) -> bool {
    let Some(raised) = exchange.start.upgraded_session() else { return false };
    match state.account().session() {
        Some(held) => same(&held, raised.value()),
        None => {
            let stored = slot(&exchange.context.parts.storage, state).get().await;
            matches!(stored, Ok(Some(record)) if same(raised, &record.value))
        }
    }
}

/// Stores a session that lives in memory only; does nothing when there is none.
pub(crate) async fn save(context: &Context, state: &Arc<AccountState>) -> Result<(), Error> {
    let _turn = state.turn.lock().await;
    save_in_turn(context, state).await
}

async fn save_in_turn(context: &Context, state: &Arc<AccountState>) -> Result<(), Error> {
    let result = try_save(context, state).await;
    context.accounts.pin(state);
    result.map_err(Error::storage)
}

async fn try_save(
    context: &Context,
    state: &Arc<AccountState>,
) -> Result<(), journey_storage::Error> {
    let Some(unsaved) = state.unsaved() else { return Ok(()) };
    let Some(session) = state.account().session() else {
        state.set_unsaved(None);
        return Ok(());
    };
    let storage = &context.parts.storage;
    let lock = match storage.lock(&state.lock_key(), Duration::ZERO).await {
        Ok(lock) => lock,
        Err(_) => {
            // Somebody refreshes the earlier user's tokens, and may do so for long: they are dead before.
            if unsaved.owes_raise {
                let raised = raise(context, state).await;
                state.writer.session_belongs_to(state.account().generation());
                raised?;
            }
            storage.lock(&state.lock_key(), LOCK_WAIT).await?
        }
    };
    let put = put_session(context, state, &session, unsaved, &*lock).await;
    let released = lock.release().await;
    put.and(released)?;
    state.set_unsaved(None);
    Ok(())
}

/// Puts the session into the store and lets its generation begin. One at a time, under the account's lock: of two
/// who sign in at the same moment the later one stays, and the other one notices.
async fn put_session(
    context: &Context,
    state: &AccountState,
    session: &Session,
    unsaved: Unsaved,
    lock: &dyn Lock,
) -> Result<(), journey_storage::Error> {
    let (storage, account) = (&context.parts.storage, state.account());
    let cookies = (!state.jar.is_empty()).then(|| state.jar.export());
    let begun = account.session_generation().unwrap_or_default();
    let mut record = Record {
        value: session.value().clone(),
        success_url: session.success_url().map(str::to_owned),
        realm: session.realm().as_str().to_owned(),
        cookies,
        generation: begun,
    };
    if !unsaved.owes_raise {
        return slot(storage, state).put(&record, Some(lock)).await;
    }
    let put = async {
        account.observe_generation(generation(storage, &state.generation_key()).await?);
        record.generation = account.generation().saturating_add(1);
        slot(storage, state).put(&record, Some(lock)).await
    };
    // Even when the store refuses the session, the earlier user's tokens are dead.
    let put = put.await;
    let raised = raise(context, state).await;
    state.writer.session_belongs_to(*raised.as_ref().unwrap_or(&account.generation()));
    put.and(raised.map(drop))
}

/// Finds a user who has signed in before; none only when the store has nothing.
pub(crate) async fn load(context: &Arc<Context>, name: &str) -> Result<Option<User>, Error> {
    let state = context.accounts.get(name, &context.parts);
    let user = || User::new(Arc::clone(context), Arc::clone(&state));
    let _turn = state.turn.lock().await;
    if state.unsaved().is_some() {
        // The store refused this login before; whether or not it does still, the login counts.
        let _ = save_in_turn(context, &state).await;
        return Ok(Some(user()));
    }
    match read(context, &state).await {
        Ok(true) => Ok(Some(user())),
        Ok(false) => Ok(None),
        // The store can't be asked now. Who is signed in in memory stays so.
        Err(_) if state.account().session().is_some() => Ok(Some(user())),
        Err(error) => Err(Error::storage(error)),
    }
}

/// Reads the session again when the account's generation is known to have risen since: another process has signed
/// the user out, or another user in, or ended the tokens alone.
pub(crate) async fn follow(
    context: &Context,
    state: &AccountState,
) -> Result<(), journey_storage::Error> {
    if !state.is_behind() {
        return Ok(());
    }
    let _turn = state.turn.lock().await;
    if state.unsaved().is_some() {
        // The store refused this login, so it can't tell of it; here it counts.
        state.writer.session_belongs_to(state.account().generation());
        return Ok(());
    }
    read(context, state).await.map(drop)
}

/// Reads session and generation into memory; tells whether there is a session or there are tokens.
async fn read(context: &Context, state: &AccountState) -> Result<bool, journey_storage::Error> {
    let storage = &context.parts.storage;
    let account = state.account();
    // In this order: the session is then at least as new as the generation that it is said to belong to.
    let mut seen = generation(storage, &state.generation_key()).await?;
    let record = slot(storage, state).get().await?;
    if let Some(begun) = record.as_ref().map(|it| it.generation) {
        while seen < begun {
            seen = raise_generation(storage, &state.generation_key()).await?;
        }
    }
    account.observe_generation(seen);
    let ending = state.ending();
    let record = record.filter(|it| ending.as_ref().is_none_or(|ending| !same(ending, &it.value)));
    let Some(record) = record else {
        state.writer.set_session_of(seen, None);
        if ending.is_some() {
            return Ok(false);
        }
        let (server, realm, name) = state.key_parts();
        let tokens = storage.list(&KeyPrefix::tokens(server, realm, name)).await?;
        return Ok(!tokens.is_empty());
    };
    let known = account.session().is_some_and(|it| same(&it, &record.value));
    if !known {
        state.clear_cookies();
    }
    if let Some(cookies) = record.cookies.as_ref().filter(|_| state.jar.is_empty()) {
        // Cookies are a help, not a login: without them the server asks another of its nodes.
        if let Ok(jar) = CookieJar::import(cookies) {
            jar.move_into(&state.jar, |_| true);
        }
    }
    let realm = record.realm.parse().unwrap_or_else(|_| account.realm().clone());
    let session = Session::new(record.value, record.success_url.as_deref(), realm);
    state.writer.set_session_of(seen, Some(session));
    Ok(true)
}

/// Makes the account's session no login any more, in memory at once: returns what is to be ended.
pub(crate) async fn begin_sign_out(context: &Context, state: &AccountState) -> Option<Session> {
    let _turn = state.turn.lock().await;
    let session = state.account().session();
    state.set_ending(session.clone());
    state.set_unsaved(None);
    state.writer.set_session_of(state.account().generation(), None);
    // What can't be told to the store now is told at the end, and reported.
    let _ = raise(context, state).await;
    session
}

/// Removes what a sign-out has ended from the store, unless somebody has signed in here meanwhile.
pub(crate) async fn wipe(
    context: &Context,
    state: &AccountState,
    ended: Option<&Session>,
) -> Result<(), journey_storage::Error> {
    let _turn = state.turn.lock().await;
    state.set_ending(None);
    if state.account().session().is_some() {
        return Ok(());
    }
    let storage = &context.parts.storage;
    match slot(storage, state).get().await {
        Ok(Some(record)) if ended.is_none_or(|it| !same(it, &record.value)) => return Ok(()),
        // What can't be read as a session could only stand in the way.
        Ok(Some(_)) => storage.remove(&state.session_key(), None).await?,
        Err(error) if error.kind() == StorageErrorKind::Corrupt => {
            storage.remove(&state.session_key(), None).await?;
        }
        Ok(None) => {}
        Err(error) => return Err(error),
    }
    state.clear_cookies();
    // Without the lock: a refresh that hangs may hold it, and must not hold this up. What it stores
    // later it takes back itself, because the generation has risen.
    raise(context, state).await?;
    let (server, realm, name) = state.key_parts();
    for key in storage.list(&KeyPrefix::tokens(server, realm, name)).await? {
        storage.remove(&key, None).await?;
    }
    Ok(())
}

/// Raises the account's generation beyond all that is known of it, so that no copy of its tokens, here or in
/// another process, is used any more, and returns it. If the store refuses, it rises in memory at least.
async fn raise(context: &Context, state: &AccountState) -> Result<u64, journey_storage::Error> {
    let (account, storage, key) = (state.account(), &context.parts.storage, state.generation_key());
    let before = account.generation();
    loop {
        match raise_generation(storage, &key).await {
            Ok(raised) => {
                account.observe_generation(raised);
                // Memory may be ahead, when the store has refused before.
                if raised > before {
                    return Ok(raised);
                }
            }
            Err(error) => {
                if let Ok(seen) = generation(storage, &key).await {
                    account.observe_generation(seen);
                }
                account.observe_generation(account.generation().saturating_add(1));
                return Err(error);
            }
        }
    }
}

/// Tells the server that the tokens of an earlier user of this slot are done with.
async fn revoke_earlier_tokens(context: &Context, state: &AccountState) -> Option<PendingSignOut> {
    let tokens = context.tokens.as_ref()?;
    match timeout(context.sign_out_deadline, tokens.revoke(state.account())).await {
        Ok(Ok(revocation)) => revocation.into_pending(),
        Ok(Err(error)) => {
            tracing::debug!(code = error.code(), "the earlier user's tokens could not be revoked");
            None
        }
        Err(_) => {
            tracing::debug!("the earlier user's tokens could not be revoked in time");
            None
        }
    }
}

fn same(session: &Session, value: &SecretString) -> bool {
    session.value().expose_secret() == value.expose_secret()
}

/// Moves what is to last from the journey's cookies to the account's.
fn take_cookies(exchange: &Exchange, session: &Session, state: &AccountState) {
    let session_cookie = exchange.context.parts.server.cookie_name();
    exchange.jar.move_into(&state.jar, |cookie| {
        let is_session = Some(cookie.name()) == session_cookie
            || cookie.value().expose_secret() == session.value().expose_secret();
        !is_session && !JOURNEY_COOKIES.contains(&cookie.name())
    });
}

fn slot(storage: &Arc<dyn Storage>, state: &AccountState) -> Slot<Record> {
    Slot::new(Arc::clone(storage), state.session_key())
}
