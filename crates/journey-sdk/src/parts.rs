//! What a token module gets to work with.

use std::sync::Arc;

use journey_core::{Clock, Realm, Server};
use journey_storage::Storage;
use journey_transport::HttpClient;

/// Holds the parts of a journey that a token provider is built from.
#[derive(Debug, Clone)]
pub struct Parts {
    pub(crate) http: HttpClient,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Clock,
    pub(crate) server: Server,
    pub(crate) realm: Realm,
}

impl Parts {
    /// Returns the client that every request goes through.
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// Returns the store.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns the realm.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }
}
