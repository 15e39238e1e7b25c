//! Makes the tokens of an account dead, wherever they are.

use journey_storage::{generation, raise_generation_beyond};

use crate::{account::AccountState, context::Context};

/// Raises the account's generation beyond all that is known of it, so that no copy of its tokens, here or in
/// another process, is used any more. If the store refuses, it rises in memory at least.
pub(crate) async fn raise(
    context: &Context,
    state: &AccountState,
) -> Result<(), journey_storage::Error> {
    let account = state.account();
    let raised = raise_stored(context, state).await;
    if raised.is_err() {
        let seen = generation(&context.parts.storage, &state.generation_key()).await;
        account.observe_generation(seen.unwrap_or_default());
        account.observe_generation(account.generation().saturating_add(1));
    }
    raised
}

pub(crate) async fn raise_stored(
    context: &Context,
    state: &AccountState,
) -> Result<(), journey_storage::Error> {
    let (account, storage) = (state.account(), &context.parts.storage);
    // Memory may be ahead, when the store has refused before.
    let known = account.generation();
    let raised = raise_generation_beyond(storage, &state.generation_key(), known).await?;
    account.observe_generation(raised);
    Ok(())
}
