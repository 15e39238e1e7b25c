//! Codes and tokens, and which belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// What a user has granted to a client: the root of codes and tokens.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) client: String,
    pub(crate) realm: String,
    pub(crate) username: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) auth_time: SystemTime,
    /// The session that it came from, for end session.
    pub(crate) session: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) grant: usize,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<(String, String)>,
    pub(crate) expires: SystemTime,
    pub(crate) used: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Access,
    Refresh,
}

#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) grant: usize,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: SystemTime,
    pub(crate) alive: bool,
    /// A refresh token that was exchanged for its successor.
    pub(crate) spent: bool,
}

impl Token {
    pub(crate) fn honored(&self, now: SystemTime) -> bool {
        self.alive && now < self.expires
    }
}

/// All codes and tokens of the server.
#[derive(Default)]
pub(crate) struct Grants {
    grants: Vec<Grant>,
    pub(crate) codes: BTreeMap<String, Code>,
    tokens: BTreeMap<String, Token>,
    issued: Vec<String>,
    /// What `org.forgerock.openidconnect.ops` of an `id_token` leads to.
    pub(crate) ops: BTreeMap<String, usize>,
    /// Realm, user, client and scopes that were agreed to for good.
    pub(crate) consents: BTreeSet<(String, String, String, String)>,
}

impl Grants {
    pub(crate) fn add_grant(&mut self, grant: Grant) -> usize {
        self.grants.push(grant);
        self.grants.len() - 1
    }

    pub(crate) fn grant(&self, id: usize) -> &Grant {
        &self.grants[id]
    }

    pub(crate) fn add_token(&mut self, value: String, token: Token) {
        self.issued.push(value.clone());
        self.tokens.insert(value, token);
    }

    pub(crate) fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.get(value)
    }

    pub(crate) fn kill(&mut self, value: &str) {
        if let Some(token) = self.tokens.get_mut(value) {
            token.alive = false;
        }
    }

    pub(crate) fn spend(&mut self, value: &str) {
        if let Some(token) = self.tokens.get_mut(value) {
            token.alive = false;
            token.spent = true;
        }
    }

    /// Kills every token of a grant.
    pub(crate) fn kill_grant(&mut self, grant: usize) {
        for token in self.tokens.values_mut().filter(|token| token.grant == grant) {
            token.alive = false;
        }
    }

    pub(crate) fn is_alive(&self, value: &str, now: SystemTime) -> bool {
        self.tokens.get(value).is_some_and(|token| token.honored(now))
    }

    pub(crate) fn live_access_tokens(&self, now: SystemTime) -> Vec<String> {
        self.live(Kind::Access, now)
    }

    pub(crate) fn live_refresh_tokens(&self, now: SystemTime) -> Vec<String> {
        self.live(Kind::Refresh, now)
    }

    pub(crate) fn issued(&self) -> Vec<String> {
        self.issued.clone()
    }

    fn live(&self, kind: Kind, now: SystemTime) -> Vec<String> {
        let fits = |value: &&String| {
            self.tokens.get(*value).is_some_and(|it| it.kind == kind && it.honored(now))
        };
        self.issued.iter().filter(fits).cloned().collect()
    }
}
