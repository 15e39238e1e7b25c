//! Keeps sessions: what is stored of one, when, and what happens to an earlier user's tokens.

use std::{sync::Arc, time::Duration};

use journey_core::{PendingSignOut, Session};
use journey_storage::{KeyPrefix, Slot, Storage, generation, raise_generation};
use journey_transport::CookieJar;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

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
}

/// What became of a new session.
pub(crate) struct Kept {
    pub(crate) user: User,
    pub(crate) stored: Result<(), Error>,
    pub(crate) replaced: Option<PendingSignOut>,
}

/// Makes a new session the account's own, in memory and in the store.
///
/// Unless it raises a session the user has, tokens of whoever was signed in here before are ended first:
/// they must never be handed to this user.
pub(crate) async fn keep(exchange: &Exchange, session: &Session) -> Kept {
    let context = &exchange.context;
    let state = context.accounts.get(&exchange.account, &context.parts);
    let new_user = !exchange.start.is_upgrade();
    let (mut raised, mut replaced) = (false, None);
    if new_user {
        raised = raise(context, &state).await;
        replaced = revoke_earlier_tokens(context, &state).await;
        state.clear_cookies();
    }
    take_cookies(exchange, session, &state);
    state.writer.set_session(Some(session.clone()));
    state.set_unsaved(Some(Unsaved { new_user: new_user && !raised }));
    let stored = save(context, &state).await;
    Kept { user: User::new(Arc::clone(context), state), stored, replaced }
}

/// Stores a session that lives in memory only; does nothing when there is none.
pub(crate) async fn save(context: &Context, state: &Arc<AccountState>) -> Result<(), Error> {
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
    if unsaved.new_user {
        let raised = raise_generation(storage, &state.generation_key()).await?;
        state.account().observe_generation(raised);
        state.set_unsaved(Some(Unsaved { new_user: false }));
    }
    let cookies = (!state.jar.is_empty()).then(|| state.jar.export());
    let record = Record {
        value: session.value().clone(),
        success_url: session.success_url().map(str::to_owned),
        realm: session.realm().as_str().to_owned(),
        cookies,
    };
    let lock = storage.lock(&state.lock_key(), LOCK_WAIT).await?;
    let put = slot(storage, state).put(&record, Some(&*lock)).await;
    let released = lock.release().await;
    put.and(released)?;
    state.set_unsaved(None);
    Ok(())
}

/// Finds a user who has signed in before; none only when the store has nothing.
pub(crate) async fn load(context: &Arc<Context>, name: &str) -> Result<Option<User>, Error> {
    let state = context.accounts.get(name, &context.parts);
    let user = || User::new(Arc::clone(context), Arc::clone(&state));
    if state.unsaved().is_some() {
        // The store refused this login before; whether or not it does still, the login counts.
        let _ = save(context, &state).await;
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

/// Reads session and generation into memory; tells whether there is a session or there are tokens.
async fn read(context: &Context, state: &AccountState) -> Result<bool, journey_storage::Error> {
    let storage = &context.parts.storage;
    let account = state.account();
    account.observe_generation(generation(storage, &state.generation_key()).await?);
    let Some(record) = slot(storage, state).get().await? else {
        state.writer.set_session(None);
        let (server, realm, name) = state.key_parts();
        let tokens = storage.list(&KeyPrefix::tokens(server, realm, name)).await?;
        return Ok(!tokens.is_empty());
    };
    if let Some(cookies) = record.cookies.as_ref().filter(|_| state.jar.is_empty()) {
        // Cookies are a help, not a login: without them the server asks another of its nodes.
        if let Ok(jar) = CookieJar::import(cookies) {
            jar.move_into(&state.jar, |_| true);
        }
    }
    let realm = record.realm.parse().unwrap_or_else(|_| account.realm().clone());
    let session = Session::new(record.value, record.success_url.as_deref(), realm);
    state.writer.set_session(Some(session));
    Ok(true)
}

/// Removes the session and every token of the account from memory and store.
pub(crate) async fn wipe(
    storage: &Arc<dyn Storage>,
    state: &AccountState,
) -> Result<(), journey_storage::Error> {
    state.writer.set_session(None);
    state.set_unsaved(None);
    state.clear_cookies();
    // Without the lock: a refresh that hangs may hold it, and must not hold this up. What it stores
    // later it takes back itself, because the generation has risen.
    let (server, realm, name) = state.key_parts();
    let session = storage.remove(&state.session_key(), None).await;
    for key in storage.list(&KeyPrefix::tokens(server, realm, name)).await? {
        storage.remove(&key, None).await?;
    }
    session
}

/// Raises the account's generation, so that no copy of its tokens, here or in another process, is used any
/// more. If the store refuses, in memory at least; tells whether the store has it.
pub(crate) async fn raise(context: &Context, state: &AccountState) -> bool {
    let account = state.account();
    match raise_generation(&context.parts.storage, &state.generation_key()).await {
        Ok(raised) => {
            account.observe_generation(raised);
            true
        }
        Err(_) => {
            account.observe_generation(account.generation() + 1);
            false
        }
    }
}

/// Tells the server that the tokens of an earlier user of this slot are done with.
async fn revoke_earlier_tokens(context: &Context, state: &AccountState) -> Option<PendingSignOut> {
    match context.tokens.as_ref()?.revoke(state.account()).await {
        Ok(revocation) => revocation.into_pending(),
        Err(error) => {
            tracing::debug!(code = error.code(), "the earlier user's tokens could not be revoked");
            None
        }
    }
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
