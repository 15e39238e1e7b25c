//! Makes a new session the account's own.

use std::sync::Arc;

use journey_core::{PendingSignOut, Session};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::{
    account::{AccountState, Unsaved},
    context::Context,
    error::Error,
    exchange::Exchange,
    session_store::{
        read::follow,
        record::{same, slot},
        save::{Saved, save_in_turn},
    },
    user::User,
};

/// AM's cookies that mean something during a journey only.
const JOURNEY_COOKIES: [&str; 2] = ["AMAuthCookie", "reentry"];

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
    // A new user's session belongs to no generation until its own begins: nobody asks with it before.
    let of = if step_up { state.account().session_generation().unwrap_or_default() } else { 0 };
    let unsaved = match state.unsaved() {
        Some(earlier) if step_up => earlier,
        None if step_up => Unsaved::StepUp,
        _ => Unsaved::SignIn,
    };
    state.writer.set_session_of(of, Some(session.clone()));
    state.set_unsaved(Some(unsaved));
    let saved = save_in_turn(context, &state).await;
    drop(turn);
    let replaced = match &saved {
        Ok(Saved::AsItWas) => None,
        Err(_) if step_up => None,
        Ok(Saved::Changed) | Err(_) => {
            let pending = revoke_earlier_tokens(context, &state).await;
            // That has raised the generation once more. Whose session the store has now is signed in: of two who
            // sign in at the same moment, the later one. What can't be read now is read when it is needed.
            let _ = follow(context, &state).await;
            pending
        }
    };
    let stored = saved.map(drop);
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

/// Moves what is to last from the journey's cookies to the account's.
fn take_cookies(exchange: &Exchange, session: &Session, state: &AccountState) {
    let session_cookie = exchange.context.parts.server.cookie_name();
    exchange.jar.move_into(&state.jar, |cookie| {
        let is_session = Some(cookie.name()) == session_cookie
            || cookie.value().expose_secret() == session.value().expose_secret();
        !is_session && !JOURNEY_COOKIES.contains(&cookie.name())
    });
}
