//! What the server remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use crate::sim::fault::Faults;
use crate::sim::keys::Keys;
use crate::sim::log::Seen;
use crate::sim::misbehavior::Misbehavior;
use crate::sim::oauth::Grants;
use crate::sim::tree::{Asked, Tree};

/// Everything that changes while the server runs.
pub(crate) struct State {
    pub(crate) journeys: BTreeMap<String, Journey>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) grants: Grants,
    pub(crate) log: Vec<Seen>,
    pub(crate) faults: Faults,
    pub(crate) misbehavior: Vec<Misbehavior>,
    pub(crate) keys: Option<Arc<Keys>>,
    pub(crate) auth_id_key: [u8; 32],
    pub(crate) issued_sessions: usize,
    /// The secrets of authenticator apps, by realm and user.
    pub(crate) devices: BTreeMap<(String, String), String>,
    /// The ids of the assertions that clients have used.
    pub(crate) assertions: BTreeSet<String>,
    /// What must not be shown to anybody, with a name for each.
    pub(crate) secrets: Vec<(&'static str, String)>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            journeys: BTreeMap::new(),
            sessions: BTreeMap::new(),
            grants: Grants::default(),
            log: Vec::new(),
            faults: Faults::default(),
            misbehavior: Vec::new(),
            keys: None,
            auth_id_key: crate::encoding::random_bytes(),
            issued_sessions: 0,
            devices: BTreeMap::new(),
            assertions: BTreeSet::new(),
            secrets: Vec::new(),
        }
    }

    /// Remembers a secret that was given out or received.
    pub(crate) fn remember(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() && self.secrets.iter().all(|(_, known)| known != value) {
            self.secrets.push((name, value.to_owned()));
        }
    }

    pub(crate) fn keys(&mut self) -> Arc<Keys> {
        self.keys.get_or_insert_with(Keys::shared).clone()
    }
}

/// A journey that waits for an answer.
#[derive(Clone)]
pub(crate) struct Journey {
    pub(crate) id: String,
    pub(crate) realm: String,
    pub(crate) tree: Arc<Tree>,
    pub(crate) index: Option<(String, String)>,
    pub(crate) page: usize,
    pub(crate) otk: String,
    pub(crate) expires: SystemTime,
    pub(crate) username: Option<String>,
    pub(crate) authenticated: bool,
    pub(crate) round: u32,
    pub(crate) upgrades: Option<String>,
    /// Whether the user had an authenticator app when it was first asked for.
    pub(crate) has_device: Option<bool>,
    /// The secret of the app that is being enrolled.
    pub(crate) new_device: Option<String>,
    /// What was answered before the same page came again.
    pub(crate) last: Vec<Asked>,
}

/// A session.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) username: String,
    pub(crate) realm: String,
    /// The tree that it came from.
    pub(crate) service: String,
    pub(crate) created: SystemTime,
    pub(crate) last_used: SystemTime,
    pub(crate) idle_ends: SystemTime,
    pub(crate) ends: SystemTime,
    pub(crate) properties: BTreeMap<String, Value>,
}

impl Session {
    pub(crate) fn is_alive(&self, now: SystemTime) -> bool {
        now < self.idle_ends && now < self.ends
    }
}
