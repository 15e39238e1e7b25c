//! What a realm holds, and how realms are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::client::OAuthClient;
use crate::sim::tree::{Page, Tree};
use crate::sim::user::User;

/// The configuration of one realm.
#[derive(Debug, Clone, Default)]
pub(crate) struct RealmConfig {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) clients: BTreeMap<String, OAuthClient>,
    pub(crate) trees: BTreeMap<String, Arc<Tree>>,
    pub(crate) default_tree: Option<String>,
    pub(crate) modules: Vec<(String, Page)>,
}

impl RealmConfig {
    /// The page that a module asks: configured as such, or found in a tree.
    pub(crate) fn module(&self, name: &str) -> Option<&Page> {
        let configured = self.modules.iter().find(|(it, _)| it == name).map(|(_, page)| page);
        let mut in_trees = self.trees.values().flat_map(|tree| &tree.pages);
        configured.or_else(|| in_trees.find(|page| page.module.as_deref() == Some(name)))
    }

    /// The names of the modules that a login can begin with.
    pub(crate) fn modules(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.modules.iter().map(|(name, _)| name.as_str()).collect();
        for page in self.trees.values().filter_map(|tree| tree.pages.first()) {
            names.extend(page.module.as_deref().filter(|it| !names.contains(it)));
        }
        names
    }

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
