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
        record::{record, slot},
    },
};

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
    // A refresh may hold the lock for as long as a request takes. It writes no session, so nobody waits for
    // it: the session is put beside it.
    let lock = context.parts.storage.lock(&state.lock_key(), Duration::ZERO).await.ok();
    let saved = match unsaved {
        Unsaved::StepUp => put_step_up(context, state, &session, lock.as_deref()).await,
        _ => put_sign_in(context, state, &session, unsaved, lock.as_deref()).await,
    };
    if let Some(lock) = lock {
        // The session is there or not, whatever becomes of the lock.
        let _ = lock.release().await;
    }
    if saved.is_ok() {
        state.set_unsaved(None);
    }
    saved
}

/// Puts a session that goes on with the one before. If somebody else has signed in here meanwhile, it is a sign-in.
async fn put_step_up(
    context: &Context,
    state: &AccountState,
    session: &Session,
    lock: Option<&dyn Lock>,
) -> Result<Saved, journey_storage::Error> {
    let (storage, account) = (&context.parts.storage, state.account());
    let begun = account.session_generation().unwrap_or_default();
    if generation(storage, &state.generation_key()).await? > begun {
        state.set_unsaved(Some(Unsaved::SignIn));
        return put_sign_in(context, state, session, Unsaved::SignIn, lock).await;
    }
    slot(storage, state).put(&record(state, session, begun), lock).await?;
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
    lock: Option<&dyn Lock>,
) -> Result<Saved, journey_storage::Error> {
    let (storage, account) = (&context.parts.storage, state.account());
    let put = async {
        account.observe_generation(generation(storage, &state.generation_key()).await?);
        let begins = account.generation().saturating_add(1);
        slot(storage, state).put(&record(state, session, begins), lock).await
    };
    if let Err(error) = put.await {
        if unsaved != Unsaved::AnnouncedSignIn {
            // Even when the store refuses the session, the earlier user is not signed in any more.
            let _ = storage.remove(&state.session_key(), lock).await;
            let _ = raise(context, state).await;
            state.writer.session_belongs_to(account.generation());
            state.set_unsaved(Some(Unsaved::AnnouncedSignIn));
        }
        return Err(error);
    }
    let raised = match unsaved {
        // Memory rose when the store refused; it need not rise again for the same sign-in.
        Unsaved::AnnouncedSignIn => raise_stored(context, state).await,
        _ => raise(context, state).await,
    };
    state.writer.session_belongs_to(account.generation());
    state.set_unsaved(Some(Unsaved::AnnouncedSignIn));
    raised?;
    Ok(Saved::Changed)
}
