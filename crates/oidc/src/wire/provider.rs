//! What is known of servers: documents and keys, shared by all accounts of a realm.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use journey_core::{Account, Realm, TokenError, TokenErrorKind};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    client::Inner,
    discovery::Metadata,
    error::{Error, ErrorKind},
    failure,
    jose::{self, JwkSet},
    wire::get,
};

/// How long a document or a key set is used before it is asked for again.
const GOOD_FOR: Duration = Duration::from_secs(3600);

/// How often a token with an unknown key may make us ask for the keys before their time.
const KEYS_AT_MOST_EVERY: Duration = Duration::from_secs(30);

/// How soon they are asked for again when they did not come.
const MISSED_KEYS_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// One entry per server and realm; there are few, and none is ever taken out.
#[derive(Debug, Default)]
pub(crate) struct Providers(RwLock<HashMap<(String, Realm), Arc<Provider>>>);

#[derive(Debug, Default)]
struct Provider {
    metadata: Mutex<Option<Known<Metadata>>>,
    keys: Mutex<Keys>,
}

#[derive(Debug)]
struct Known<T> {
    value: Arc<T>,
    since: Instant,
}

impl<T> Known<T> {
    fn new(value: T) -> Self {
        Self { value: Arc::new(value), since: Instant::now() }
    }

    fn is_fresh(&self) -> bool {
        self.since.elapsed() < GOOD_FOR
    }
}

#[derive(Debug, Default)]
struct Keys {
    known: Option<Known<JwkSet>>,
    asked_early: Option<AskedEarly>,
}

#[derive(Debug)]
struct AskedEarly {
    at: Instant,
    /// Why no keys came.
    failed: Option<TokenError>,
}

impl AskedEarly {
    fn is_recent(&self) -> bool {
        let long = if self.failed.is_some() { MISSED_KEYS_AGAIN_AFTER } else { KEYS_AT_MOST_EVERY };
        self.at.elapsed() < long
    }
}

impl Providers {
    fn of(&self, who: &Account) -> Arc<Provider> {
        let key = (who.server().url().to_owned(), who.realm().clone());
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(key).or_default())
        })
    }

    /// Returns the issuer when the document has been read already; asks nobody.
    pub(crate) fn known_issuer(&self, who: &Account) -> Option<String> {
        let provider = self.of(who);
        let metadata = provider.metadata.try_lock().ok()?;
        Some(metadata.as_ref()?.value.issuer.clone())
    }
}

impl Inner {
    /// Returns what is known of the account's server, asking for it first if needed.
    ///
    /// A document that was read once is used on while the server can't be asked for a newer one.
    pub(crate) async fn metadata(&self, who: &Account) -> Result<Arc<Metadata>, TokenError> {
        let provider = self.providers.of(who);
        let mut known = provider.metadata.lock().await;
        if let Some(known) = known.as_ref().filter(|it| it.is_fresh()) {
            return Ok(Arc::clone(&known.value));
        }
        // A server that has answered before is not set up wrongly because something else answers now: AM's
        // container says 404 while AM starts.
        let odd = match known.as_ref() {
            Some(_) => TokenErrorKind::Transient,
            None => TokenErrorKind::Misconfigured,
        };
        match (self.ask_metadata(who, odd).await, known.as_ref()) {
            (Ok(metadata), _) => {
                let new = known.insert(Known::new(metadata));
                Ok(Arc::clone(&new.value))
            }
            (Err(error), Some(old)) if error.is_retryable() => Ok(Arc::clone(&old.value)),
            (Err(error), _) => Err(error),
        }
    }

    /// `odd` is what a status means that no AM in order answers with.
    async fn ask_metadata(
        &self,
        who: &Account,
        odd: TokenErrorKind,
    ) -> Result<Metadata, TokenError> {
        const DOING: &str = "read the discovery document";
        let (server, realm) = (who.server(), who.realm());
        let issuer = self.config.issuer.as_deref();
        if let (Some(endpoints), Some(issuer)) = (&self.config.endpoints, issuer) {
            let metadata = Metadata::explicit(issuer, endpoints, server);
            return metadata.map_err(|it| failure::rejected("use the configured endpoints", it));
        }
        let response = self.send(DOING, who, get(DOING, &Metadata::url(server, realm))?).await?;
        match response.status().as_u16() {
            // A page on the way says nothing about the server; what is a document is judged.
            200 if jose::object(response.body()).is_none() => {
                let error = Error::new(ErrorKind::Discovery, "the answer is no JSON object");
                let message = format!("could not {DOING}");
                Err(TokenError::new(TokenErrorKind::Transient, message).with_source(error))
            }
            200 => Metadata::read(response.body(), issuer, &self.config.auth, server, realm)
                .map_err(|it| failure::rejected(DOING, it)),
            429 | 500..=599 => {
                let (status, headers) = (response.status(), response.headers());
                Err(failure::unavailable(DOING, status, headers, self.clock.now()))
            }
            status => Err(TokenError::new(
                odd,
                format!("could not {DOING} of realm {realm}: the server answered {status}"),
            )),
        }
    }

    /// Returns the server's keys, asking for them first if needed.
    pub(crate) async fn keys(
        &self,
        who: &Account,
        metadata: &Metadata,
    ) -> Result<Arc<JwkSet>, TokenError> {
        let provider = self.providers.of(who);
        let mut keys = provider.keys.lock().await;
        if let Some(known) = keys.known.as_ref().filter(|it| it.is_fresh()) {
            return Ok(Arc::clone(&known.value));
        }
        match (self.ask_keys(who, metadata).await, keys.known.as_ref()) {
            (Ok(set), _) => Ok(Arc::clone(&keys.known.insert(Known::new(set)).value)),
            (Err(error), Some(old)) if error.is_retryable() => Ok(Arc::clone(&old.value)),
            (Err(error), _) => Err(error),
        }
    }

    /// Asks for the keys before their time, because a token names one that `seen` does not hold.
    ///
    /// Not more often than every half minute (five seconds when they did not come), however many such
    /// tokens come; in between the caller gets what is known, or the failure of the last time: nobody has seen then whether the server
    /// has that key, so that no token may be refused for it.
    pub(crate) async fn newer_keys(
        &self,
        who: &Account,
        metadata: &Metadata,
        seen: &Arc<JwkSet>,
    ) -> Result<Arc<JwkSet>, TokenError> {
        let provider = self.providers.of(who);
        let mut keys = provider.keys.lock().await;
        let newer = keys.known.as_ref().filter(|it| !Arc::ptr_eq(&it.value, seen));
        if let Some(newer) = newer {
            return Ok(Arc::clone(&newer.value));
        }
        let lately = keys.asked_early.as_ref().filter(|it| it.is_recent());
        if let Some(asked) = lately {
            return asked.failed.clone().map_or_else(|| Ok(Arc::clone(seen)), Err);
        }
        let asked = self.ask_keys(who, metadata).await;
        let failed = asked.as_ref().err().cloned();
        keys.asked_early = Some(AskedEarly { at: Instant::now(), failed });
        Ok(Arc::clone(&keys.known.insert(Known::new(asked?)).value))
    }

    async fn ask_keys(&self, who: &Account, metadata: &Metadata) -> Result<JwkSet, TokenError> {
        const DOING: &str = "read the server's keys";
        let Some(url) = &metadata.endpoints.jwks else {
            let error =
                Error::new(ErrorKind::Discovery, "the server does not say where its keys are");
            return Err(failure::rejected(DOING, error));
        };
        let response = self.send(DOING, who, get(DOING, url)?).await?;
        if !response.status().is_success() {
            let (status, headers) = (response.status(), response.headers());
            return Err(failure::unavailable(DOING, status, headers, self.clock.now()));
        }
        JwkSet::read(response.body()).map_err(|it| failure::rejected(DOING, it))
    }
}
