//! Puts a session into the store, and lets the generation of a new user begin.

use std::{sync::Arc, time::Duration};

use journey_core::Session;
use journey_storage::{Lock, generation};

use crate::{
    account::{AccountState, Unsaved},
    context::Context,
    error::Error,
    session_store::{
        raise::{raise, raise_stored},
        read::read,
        record::{record, same, slot},
    },
};

/// How long to wait for somebody else who is storing a session here. That takes moments.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(5);

/// What storing a session meant for the slot.
pub(crate) enum Saved {
    /// It has the user whom it had.
    AsItWas,
    /// It has another one, as far as is known.
    Changed,
}

/// Stores a session that lives in memory only; does nothing when there is none.
pub(crate) async fn save(context: &Context, state: &Arc<AccountState>) -> Result<(), Error> {
    let _turn = state.turn.lock().await;
    save_in_turn(context, state).await.map(drop)
}

pub(crate) async fn save_in_turn(
    context: &Context,
    state: &Arc<AccountState>,
) -> Result<Saved, Error> {
    let result = try_save(context, state).await;
    context.accounts.pin(state);
    result.map_err(Error::storage)
}

async fn try_save(
    context: &Context,
    state: &AccountState,
) -> Result<Saved, journey_storage::Error> {
    let Some(unsaved) = state.unsaved() else { return Ok(Saved::AsItWas) };
    let Some(session) = state.account().session() else {
        state.set_unsaved(None);
        return Ok(Saved::AsItWas);
    };
    // A lock that no refresh holds: one session at a time, and the later one stays.
    let lock = match context.parts.storage.lock(&state.session_key(), LOCK_WAIT).await {
        Ok(lock) => lock,
        Err(error) => {
            announce(context, state, unsaved).await;
            return Err(error);
        }
    };
    let saved = put(context, state, &session, unsaved, &*lock).await;
    if saved.is_ok() {
        state.set_unsaved(None);
        state.forget_endings();
    }
    // The session is there or not, whatever becomes of the lock.
    let _ = lock.release().await;
    saved
}

async fn put(
    context: &Context,
    state: &AccountState,
    session: &Session,
    unsaved: Unsaved,
    lock: &dyn Lock,
) -> Result<Saved, journey_storage::Error> {
    match unsaved {
        Unsaved::StepUp => put_step_up(context, state, session, lock).await,
        Unsaved::SignIn => put_sign_in(context, state, session, unsaved, lock).await,
        Unsaved::AnnouncedSignIn(of) => {
            let stored = slot(&context.parts.storage, state).get().await?;
            if stored.is_some_and(|it| it.generation > of && !same(session, &it.value)) {
                // Somebody has signed in here since, and the store took that.
                read(context, state).await?;
                return Ok(Saved::AsItWas);
            }
            put_sign_in(context, state, session, unsaved, lock).await
        }
    }
}

/// Puts a session that goes on with the one before. If somebody else has signed in here meanwhile, it is a sign-in.
async fn put_step_up(
    context: &Context,
    state: &AccountState,
    session: &Session,
    lock: &dyn Lock,
) -> Result<Saved, journey_storage::Error> {
    let (storage, account) = (&context.parts.storage, state.account());
    let begun = account.session_generation().unwrap_or_default();
    if generation(storage, &state.generation_key()).await? > begun {
        state.set_unsaved(Some(Unsaved::SignIn));
        return put_sign_in(context, state, session, Unsaved::SignIn, lock).await;
    }
    slot(storage, state).put(&record(state, session, begun), Some(lock)).await?;
    Ok(Saved::AsItWas)
}

/// Puts a new user's session and lets its generation begin: in this order, so that whoever asks for tokens under
/// the new generation asks with the new session. The record names the generation, so that whoever reads it when
/// its writer was killed in between can let it begin.
async fn put_sign_in(
    context: &Context,
    state: &AccountState,
    session: &Session,
    unsaved: Unsaved,
    lock: &dyn Lock,
) -> Result<Saved, journey_storage::Error> {
    let (storage, account) = (&context.parts.storage, state.account());
    let put = async {
        account.observe_generation(generation(storage, &state.generation_key()).await?);
        let begins = account.generation().saturating_add(1);
        slot(storage, state).put(&record(state, session, begins), Some(lock)).await
    };
    if let Err(error) = put.await {
        if unsaved == Unsaved::SignIn {
            let _ = storage.remove(&state.session_key(), Some(lock)).await;
        }
        announce(context, state, unsaved).await;
        return Err(error);
    }
    let raised = match unsaved {
        // Memory rose when the store refused; it need not rise again for the same sign-in.
        Unsaved::AnnouncedSignIn(_) => raise_stored(context, state).await,
        _ => raise(context, state).await,
    };
    state.writer.session_belongs_to(account.generation());
    state.set_unsaved(Some(Unsaved::AnnouncedSignIn(account.generation())));
    raised?;
    Ok(Saved::Changed)
}

/// Even when the store refuses the session, the earlier user is not signed in any more.
async fn announce(context: &Context, state: &AccountState, unsaved: Unsaved) {
    if unsaved == Unsaved::SignIn {
        let _ = raise(context, state).await;
        let generation = state.account().generation();
        state.writer.session_belongs_to(generation);
        state.set_unsaved(Some(Unsaved::AnnouncedSignIn(generation)));
    }
}
