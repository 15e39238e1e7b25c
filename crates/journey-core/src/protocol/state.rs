//! A journey's options on their way through a store or another process.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    callback::Registry,
    error::Error,
    protocol::{AuthIndex, Start},
    server::Server,
    session::Session,
    state,
};

const HEAD: &str = "journey-start";

#[derive(Serialize, Deserialize)]
struct State<'a> {
    server: &'a str,
    realm: &'a str,
    index: Option<(String, String)>,
    force_auth: bool,
    no_session: bool,
    #[serde(borrow)]
    upgrade: Option<Upgrade<'a>>,
    locale: Option<String>,
    query: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Upgrade<'a> {
    // AM's session tokens hold nothing that JSON would escape; one that did would be read as corrupt.
    value: &'a str,
    success_url: Option<String>,
    realm: String,
}

impl Start {
    /// Writes the journey's options, so that another process can go on with a half-done journey.
    ///
    /// Opaque, versioned, and a secret: it holds the session to upgrade. Name and password for the first
    /// request are not in it, nor what is registered.
    pub fn to_state(&self) -> SecretString {
        let upgrade = self.upgrade.as_ref().map(|it| Upgrade {
            value: it.value().expose_secret(),
            success_url: it.success_url().map(str::to_owned),
            realm: it.realm().to_string(),
        });
        let state = State {
            server: self.server.url(),
            realm: self.realm.as_str(),
            index: self.index.as_ref().map(|it| (it.type_name().to_owned(), it.value())),
            force_auth: self.force_auth,
            no_session: self.no_session,
            upgrade,
            locale: self.locale.clone(),
            query: self.query.clone(),
        };
        state::write(HEAD, "", &state)
    }

    /// Reads what [`to_state`](Self::to_state) wrote. The server is the caller's own: what a state says is
    /// compared with it, never followed.
    ///
    /// ```
    /// use journey_core::{Realm, Server, Start};
    ///
    /// let server = Server::new("https://am.example.com/am")?;
    /// let start = Start::new(server.clone(), Realm::root()).journey("Login").no_session();
    /// let state = start.to_state();
    /// let again = Start::from_state(&state, server, Default::default())?;
    /// assert_eq!(again.request()?.uri(), start.request()?.uri());
    /// # Ok::<(), journey_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error`] of kind `StateCorrupt` or `StateVersion` when it can't be read, and `Misuse` when it is for
    /// another server.
    pub fn from_state(
        state: &SecretString,
        server: Server,
        registry: Arc<Registry>,
    ) -> Result<Self, Error> {
        let (_, rest) = state::split(HEAD, state)?;
        // No source: serde_json's messages may quote values.
        let read: State<'_> = serde_json::from_str(rest).map_err(|_| Error::state_corrupt())?;
        if read.server != server.url() {
            return Err(Error::misuse("the state is for another server"));
        }
        let realm = read.realm.parse().map_err(|_| Error::state_corrupt())?;
        let mut start = Self::new(server, realm).registry(registry);
        if let Some((type_name, value)) = read.index {
            let index = AuthIndex::from_parts(&type_name, value);
            start.index = Some(index.ok_or_else(Error::state_corrupt)?);
        }
        if let Some(upgrade) = read.upgrade {
            let realm = upgrade.realm.parse().map_err(|_| Error::state_corrupt())?;
            start.upgrade =
                Some(Session::new(upgrade.value, upgrade.success_url.as_deref(), realm));
        }
        start.force_auth = read.force_auth;
        start.no_session = read.no_session;
        start.locale = read.locale;
        start.query = read.query;
        Ok(start)
    }
}
