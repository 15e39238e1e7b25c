//! Removes what a sign-out has ended.

use std::time::Duration;

use journey_core::Session;
use journey_storage::{ErrorKind as StorageErrorKind, KeyPrefix, Lock};

use crate::{
    account::AccountState,
    context::Context,
    session_store::{
        raise::raise,
        record::{same, slot},
    },
};

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
    // With the lock, if it is free: then nothing that a new sign-in stores can be hit. A refresh that hangs may
    // hold it, and must not hold this up. What it stores later it takes back itself, because the generation rises.
    let lock = context.parts.storage.lock(&state.lock_key(), Duration::ZERO).await.ok();
    let wiped = wipe_stored(context, state, ended, lock.as_deref()).await;
    if let Some(lock) = lock {
        let _ = lock.release().await;
    }
    wiped
}

async fn wipe_stored(
    context: &Context,
    state: &AccountState,
    ended: Option<&Session>,
    lock: Option<&dyn Lock>,
) -> Result<(), journey_storage::Error> {
    let storage = &context.parts.storage;
    match slot(storage, state).get().await {
        Ok(Some(record)) if ended.is_none_or(|it| !same(it, &record.value)) => return Ok(()),
        // What can't be read as a session could only stand in the way.
        Ok(Some(_)) => storage.remove(&state.session_key(), lock).await?,
        Err(error) if error.kind() == StorageErrorKind::Corrupt => {
            storage.remove(&state.session_key(), lock).await?;
        }
        Ok(None) => {}
        Err(error) => return Err(error),
    }
    state.clear_cookies();
    raise(context, state).await?;
    let (server, realm, name) = state.key_parts();
    for key in storage.list(&KeyPrefix::tokens(server, realm, name)).await? {
        storage.remove(&key, lock).await?;
    }
    Ok(())
}
