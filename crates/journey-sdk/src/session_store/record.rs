//! What is stored of a session.

use std::sync::Arc;

use journey_core::{Realm, Session};
use journey_storage::{ErrorKind, Slot, Storage};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::account::AccountState;

/// What is stored of a session.
#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(with = "journey_storage::secret_text")]
    pub(crate) value: SecretString,
    pub(crate) success_url: Option<String>,
    pub(crate) realm: String,
    #[serde(with = "journey_storage::secret_text::option", default)]
    pub(crate) cookies: Option<SecretString>,
    /// The generation that begins with this session. It is written before the generation rises to it; whoever
    /// reads it before that, because the writer was killed in between, makes it rise.
    #[serde(default)]
    pub(crate) generation: u64,
}

impl Record {
    /// Makes the session of it; of this realm when the record names none that can be read.
    pub(crate) fn into_session(self, realm: &Realm) -> Session {
        let realm = self.realm.parse().unwrap_or_else(|_| realm.clone());
        Session::new(self.value, self.success_url.as_deref(), realm)
    }
}

pub(crate) fn record(state: &AccountState, session: &Session, generation: u64) -> Record {
    Record {
        value: session.value().clone(),
        success_url: session.success_url().map(str::to_owned),
        realm: session.realm().as_str().to_owned(),
        cookies: (!state.jar.is_empty()).then(|| state.jar.export()),
        generation,
    }
}

pub(crate) fn slot(storage: &Arc<dyn Storage>, state: &AccountState) -> Slot<Record> {
    Slot::new(Arc::clone(storage), state.session_key())
}

pub(crate) fn same(session: &Session, value: &SecretString) -> bool {
    session.value().expose_secret() == value.expose_secret()
}

/// Damaged, or written by a newer release: no later try of this program reads it.
pub(crate) fn is_unreadable(error: &journey_storage::Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion)
}
