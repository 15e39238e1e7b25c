//! Removes what a sign-out has ended.

use journey_core::Session;
use journey_storage::{KeyPrefix, Lock};

use crate::{
    account::AccountState,
    context::Context,
    session_store::{
        raise::raise,
        record::{is_unreadable, same, slot},
        save::LOCK_WAIT,
    },
};

/// Makes the account's session no login any more, in memory at once: returns what is to be ended.
pub(crate) async fn begin_sign_out(context: &Context, state: &AccountState) -> Option<Session> {
    let _turn = state.turn.lock().await;
    let account = state.account();
    let (held, of) = (account.session(), account.session_generation().unwrap_or_default());
    let is_stored = held.is_some() && state.unsaved().is_none();
    if let Some(held) = &held {
        state.begin_ending(held, of);
    }
    // What another sign-out is ending may still be live: it may fail, or be cut off.
    let mut session = held.or_else(|| state.ending());
    state.set_unsaved(None);
    state.writer.set_session_of(account.generation(), None);
    if is_stored
        && let Ok(Some(record)) = slot(&context.parts.storage, state).get().await
        && record.generation <= of
    {
        // The same login, stepped up by another process perhaps: what it is now is what is to be ended.
        let stored = record.into_session(account.realm());
        if let Some(before) = &session {
            state.stop_ending(before);
        }
        state.begin_ending(&stored, of);
        session = Some(stored);
    }
    // What can't be told to the store now is told at the end, and reported.
    let _ = raise(context, state).await;
    session
}

/// What a [`wipe`] has removed beside the session, also one that failed later on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wiped {
    Nothing,
    /// Tokens that no provider has taken, or a session that can't be read or that the one which was ended had taken
    /// the place of: nobody has ended them.
    Unended,
}

/// Removes what a sign-out has ended from the store, unless somebody has signed in here meanwhile.
pub(crate) async fn wipe(
    context: &Context,
    state: &AccountState,
    ended: Option<&Session>,
) -> (Wiped, Result<(), journey_storage::Error>) {
    let mut wiped = Wiped::Nothing;
    let work = async {
        let _turn = state.turn.lock().await;
        let is_somebody_here = state.account().session().is_some();
        if is_somebody_here && state.unsaved().is_none() {
            return Ok(());
        }
        // Nobody stores a session meanwhile. No refresh holds this lock, so that one that hangs can't hold this up;
        // what it stores later it takes back itself, because the generation rises.
        let lock = context.parts.storage.lock(&state.session_key(), LOCK_WAIT).await?;
        let result = match is_somebody_here {
            true => remove_ended(context, state, ended, &*lock).await,
            false => wipe_stored(context, state, ended, &*lock, &mut wiped).await,
        };
        let _ = lock.release().await;
        result
    };
    let result = work.await;
    // As long as the store may have it, nobody here takes it for a login.
    if let (Ok(()), Some(ended)) = (&result, ended) {
        state.stop_ending(ended);
    }
    (wiped, result)
}

/// Removes the session alone: whoever has signed in since is not in the store yet.
async fn remove_ended(
    context: &Context,
    state: &AccountState,
    ended: Option<&Session>,
    lock: &dyn Lock,
) -> Result<(), journey_storage::Error> {
    let storage = &context.parts.storage;
    match (slot(storage, state).get().await?, ended) {
        (Some(record), Some(ended)) if same(ended, &record.value) => {
            storage.remove(&state.session_key(), Some(lock)).await
        }
        _ => Ok(()),
    }
}

async fn wipe_stored(
    context: &Context,
    state: &AccountState,
    ended: Option<&Session>,
    lock: &dyn Lock,
    wiped: &mut Wiped,
) -> Result<(), journey_storage::Error> {
    let storage = &context.parts.storage;
    match slot(storage, state).get().await {
        Ok(None) => {}
        Ok(Some(record)) => {
            let is_ended = ended.is_some_and(|it| same(it, &record.value));
            let of = ended.and_then(|it| state.generation_of_ending(it));
            // Whoever has signed in since stays. What belongs to no later generation was there before: left where it
            // is, the next look would take it for a login.
            if !is_ended && of.is_none_or(|of| record.generation > of) {
                return Ok(());
            }
            storage.remove(&state.session_key(), Some(lock)).await?;
            if !is_ended {
                *wiped = Wiped::Unended;
            }
        }
        // What can't be read could only stand in the way: a sign-in would write over it too.
        Err(error) if is_unreadable(&error) => {
            storage.remove(&state.session_key(), Some(lock)).await?;
            *wiped = Wiped::Unended;
        }
        Err(error) => return Err(error),
    }
    state.clear_cookies();
    raise(context, state).await?;
    let (server, realm, name) = state.key_parts();
    for key in storage.list(&KeyPrefix::tokens(server, realm, name)).await? {
        storage.remove(&key, Some(lock)).await?;
        *wiped = Wiped::Unended;
    }
    Ok(())
}
