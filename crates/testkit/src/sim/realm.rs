//! What a realm holds, and how realms are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::client::OAuthClient;
use crate::sim::tree::Tree;
use crate::sim::user::User;

/// The configuration of one realm.
#[derive(Debug, Clone, Default)]
pub(crate) struct RealmConfig {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) clients: BTreeMap<String, OAuthClient>,
    pub(crate) trees: BTreeMap<String, Arc<Tree>>,
    pub(crate) default_tree: Option<String>,
}

impl RealmConfig {
    pub(crate) fn default_tree(&self) -> Option<Arc<Tree>> {
        self.trees.get(self.default_tree.as_ref()?).cloned()
    }
}

/// Brings any spelling (`root`, `/`, `alpha`, `/alpha`) into AM's own: `/` and `/alpha`.
pub(crate) fn normalized(name: &str) -> String {
    let inner = name.trim_matches('/');
    let inner = inner.strip_prefix("root/").unwrap_or(inner);
    if inner.is_empty() || inner == "root" { "/".to_owned() } else { format!("/{inner}") }
}

/// The path of a realm below `/json` and `/oauth2`: `/realms/root/realms/alpha`.
pub(crate) fn path_of(realm: &str) -> String {
    let mut path = "/realms/root".to_owned();
    for level in realm.split('/').filter(|level| !level.is_empty()) {
        path.push_str("/realms/");
        path.push_str(level);
    }
    path
}
