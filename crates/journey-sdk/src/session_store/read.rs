//! Finds a user who has signed in before, and follows what other processes do.

use std::sync::Arc;

use journey_storage::{KeyPrefix, generation, raise_generation_beyond};
use journey_transport::CookieJar;

use crate::{
    account::AccountState,
    context::Context,
    error::Error,
    session_store::{
        record::{is_unreadable, same, slot},
        save::save_in_turn,
    },
    user::User,
};

/// What the store has of an account.
pub(crate) enum Found {
    Session,
    /// Tokens of whatever client and scopes, without a session.
    Tokens,
    Nothing,
}

/// Finds a user who has signed in before: one with a session, or with tokens that the provider can go on with.
pub(crate) async fn load(context: &Arc<Context>, name: &str) -> Result<Option<User>, Error> {
    let state = context.accounts.get(name, &context.parts);
    let found = find(context, &state).await.map_err(Error::storage)?;
    let is_there = match (found, &context.tokens) {
        (Found::Session, _) => true,
        // They may be another program's, for other scopes, or dead.
        (Found::Tokens, Some(tokens)) => tokens.has_tokens(state.account()).await,
        (Found::Tokens, None) | (Found::Nothing, _) => false,
    };
    Ok(is_there.then(|| User::new(Arc::clone(context), state)))
}

/// Stands for whoever is there, if anybody is, known as far as can be read.
pub(crate) async fn whoever(context: &Arc<Context>, name: &str) -> Result<User, Error> {
    let state = context.accounts.get(name, &context.parts);
    match find(context, &state).await {
        Err(error) if !is_unreadable(&error) => return Err(Error::storage(error)),
        Err(_) => take_up(context, &state).await,
        Ok(_) => {}
    }
    Ok(User::new(Arc::clone(context), state))
}

/// Takes up a session that can be read although something beside it can't, so that it can be ended.
async fn take_up(context: &Context, state: &AccountState) {
    let _turn = state.turn.lock().await;
    let account = state.account();
    if account.session().is_none()
        && let Ok(Some(record)) = slot(&context.parts.storage, state).get().await
        && !state.is_ending(&record.value)
    {
        // What counts the sign-outs may be what can't be read: then this is the least that it was.
        account.observe_generation(record.generation);
        let session = record.into_session(account.realm());
        state.writer.set_session_of(account.generation(), Some(session));
    }
}

async fn find(
    context: &Context,
    state: &Arc<AccountState>,
) -> Result<Found, journey_storage::Error> {
    let _turn = state.turn.lock().await;
    if state.unsaved().is_some() {
        // The store refused this login before; whether or not it does still, the login counts.
        let _ = save_in_turn(context, state).await;
        return Ok(Found::Session);
    }
    match read(context, state).await {
        // The store can't be asked now. Who is signed in in memory stays so.
        Err(_) if state.account().session().is_some() => Ok(Found::Session),
        found => found,
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

/// Reads session and generation into memory.
pub(crate) async fn read(
    context: &Context,
    state: &AccountState,
) -> Result<Found, journey_storage::Error> {
    let storage = &context.parts.storage;
    let account = state.account();
    // In this order: the session is then at least as new as the generation that it is said to belong to.
    let (seen, record) = loop {
        let seen = generation(storage, &state.generation_key()).await?;
        let record = slot(storage, state).get().await?;
        // A writer was killed before its generation began, or the store has refused to let one begin.
        let owed = record.as_ref().map_or(0, |it| it.generation).max(account.generation());
        if seen >= owed {
            break (seen, record);
        }
        // If it still refuses, memory alone knows. If not, somebody may have signed in before it rose.
        if raise_generation_beyond(storage, &state.generation_key(), owed - 1).await.is_err() {
            break (owed, record);
        }
    };
    account.observe_generation(seen);
    let is_there = record.is_some();
    let record = record.filter(|it| !state.is_ending(&it.value));
    let Some(record) = record else {
        state.writer.set_session_of(seen, None);
        if is_there {
            return Ok(Found::Nothing);
        }
        let (server, realm, name) = state.key_parts();
        let tokens = storage.list(&KeyPrefix::tokens(server, realm, name)).await?;
        return Ok(if tokens.is_empty() { Found::Nothing } else { Found::Tokens });
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
    state.writer.set_session_of(seen, Some(record.into_session(account.realm())));
    Ok(Found::Session)
}
