//! What the store says of an account.

use journey_core::{Account, TokenError};
use journey_storage::{Key, KeyPrefix, Lock, Slot, generation};

use crate::{client::Inner, failure, issuer, record::Record};

/// The account's tokens in the store.
pub(super) struct Listed {
    /// Where those of this client are kept.
    pub(super) slots: Vec<Slot<Record>>,
    /// There are some that do not even tell whose they are. They may be another client's, so they stay.
    pub(super) nameless: bool,
}

impl Inner {
    /// Where these tokens are kept; those of programs that ask for other scopes lie beside them.
    pub(crate) fn slot(&self, who: &Account) -> Slot<Record> {
        let (server, realm) = (who.server().url(), who.realm().as_str());
        let (client, scopes) = (&self.config.client_id, &self.config.scopes);
        Slot::new(self.storage.clone(), Key::tokens(server, realm, who.name(), client, scopes))
    }

    /// Finds the tokens of this account and client, for whatever scopes.
    pub(super) async fn listed(&self, who: &Account) -> Result<Listed, TokenError> {
        let (server, realm) = (who.server().url(), who.realm().as_str());
        let keys = self.storage.list(&KeyPrefix::tokens(server, realm, who.name())).await;
        let keys = keys.map_err(|it| failure::store("list the tokens in the store", it))?;
        let client = KeyPrefix::client_tokens(server, realm, who.name(), &self.config.client_id);
        let nameless = keys.iter().any(|it| Key::parse(it.as_str()).is_none());
        let ours = keys.into_iter().filter(|it| client.matches(it));
        let slots = ours.map(|it| Slot::new(self.storage.clone(), it)).collect();
        Ok(Listed { slots, nameless })
    }

    pub(crate) fn lock_key(who: &Account) -> Key {
        Key::account(who.server().url(), who.realm().as_str(), who.name())
    }

    pub(crate) fn generation_key(who: &Account) -> Key {
        Key::generation(who.server().url(), who.realm().as_str(), who.name())
    }

    /// Asks the store for the account's generation, lets the account know, and returns the newest
    /// known: a sign-out that the store could not take counts here all the same.
    pub(crate) async fn generation(&self, who: &Account) -> Result<u64, TokenError> {
        let seen = generation(&*self.storage, &Self::generation_key(who)).await;
        let seen = seen.map_err(|it| failure::store("ask the store for the generation", it))?;
        who.observe_generation(seen);
        Ok(who.generation())
    }

    /// Reads the tokens, those of an earlier generation and those for other settings included.
    pub(crate) async fn stored(&self, who: &Account) -> Result<Option<Record>, TokenError> {
        let stored = self.slot(who).get().await;
        stored.map_err(|it| failure::store("read the tokens from the store", it))
    }

    /// Tells whether there are tokens, in memory or in the store, that are good or can be refreshed. What
    /// can't be read now may be.
    pub(crate) async fn may_go_on(&self, who: &Account) -> bool {
        let Ok(generation) = self.generation(who).await else { return true };
        let now = self.clock.now();
        // A clock that is behind may be set, and they are good then.
        let is_over = |it: &Record| it.expires_at().is_some_and(|end| end <= now);
        let goes_on = |it: &Record| {
            self.fits(it, who, generation) && (it.refresh_token.is_some() || !is_over(it))
        };
        let held = self.accounts.find(who.id()).and_then(|it| it.held());
        held.is_some_and(|it| goes_on(&it.record))
            || self.stored(who).await.map_or(true, |it| it.as_ref().is_some_and(goes_on))
    }

    pub(crate) async fn remove_stored(
        &self,
        who: &Account,
        under: Option<&dyn Lock>,
    ) -> Result<(), TokenError> {
        remove(&self.slot(who), under).await
    }

    /// Tells whether stored tokens are those that these settings would ask for.
    ///
    /// Asks nobody: when the server's issuer is not known yet, the stored one must be of a form that
    /// this server may have.
    pub(crate) fn fits(&self, record: &Record, who: &Account, generation: u64) -> bool {
        let issuer_fits = match self.providers.known_issuer(who) {
            Some(known) => known == record.issuer,
            None => {
                let configured = self.config.issuer.as_deref();
                issuer::check(&record.issuer, configured, who.server(), who.realm()).is_ok()
            }
        };
        issuer_fits && record.generation == generation && record.requested == self.config.scopes
    }
}

pub(super) async fn remove(
    slot: &Slot<Record>,
    under: Option<&dyn Lock>,
) -> Result<(), TokenError> {
    let removed = slot.remove(under).await;
    removed.map_err(|it| failure::store("remove the tokens from the store", it))
}
