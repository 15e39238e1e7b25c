//! Finds a user who has signed in before, and follows what other processes do.

use std::sync::Arc;

use journey_storage::{KeyPrefix, generation, raise_generation_beyond};
use journey_transport::CookieJar;

use crate::{
    account::AccountState,
    context::Context,
    error::Error,
    session_store::{
        record::{same, slot},
        save::save_in_turn,
    },
    user::User,
};

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
pub(crate) async fn read(
    context: &Context,
    state: &AccountState,
) -> Result<bool, journey_storage::Error> {
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
    state.writer.set_session_of(seen, Some(record.into_session(account.realm())));
    Ok(true)
}
