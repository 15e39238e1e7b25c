//! What entries and locks are called in Redis.

use journey_storage::{Key, KeyPrefix};

/// All entries of an account are fields of one hash, so that listing them is one step.
#[derive(Clone, Debug)]
pub(crate) struct Names(String);

impl Names {
    pub(crate) fn new(namespace: String) -> Self {
        Self(namespace)
    }

    /// The hash that holds an entry, and the entry's field in it.
    pub(crate) fn entry(&self, key: &Key) -> (String, String) {
        let (account, field) = key.as_str().split_at(account_length(key.as_str()).unwrap_or(0));
        (self.hash(account), field.to_owned())
    }

    /// Whether a hash holds what belongs to no account, like the note of the sealing key.
    pub(crate) fn is_of_no_account(&self, hash: &str) -> bool {
        hash == self.hash("///")
    }

    /// The hash in which all entries with this prefix are, if it is one.
    pub(crate) fn hash_of(&self, prefix: &KeyPrefix) -> Option<String> {
        account_length(prefix.as_str()).map(|it| self.hash(&prefix.as_str()[..it]))
    }

    /// A pattern for the hashes in which entries with this prefix may be.
    pub(crate) fn pattern(&self, prefix: &KeyPrefix) -> String {
        let mut pattern = String::new();
        for character in self.hash(prefix.as_str()).chars() {
            if matches!(character, '*' | '?' | '[' | ']' | '\\' | '^') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('*');
        pattern
    }

    /// The key of an entry, from the names of its hash and its field.
    pub(crate) fn key(&self, hash: &str, field: &str) -> Option<Key> {
        let account = hash.strip_prefix(&self.hash(""))?;
        Key::parse(&format!("{account}{field}"))
    }

    pub(crate) fn lock(&self, key: &Key) -> String {
        format!("{}:lock:{}", self.0, key.as_str())
    }

    pub(crate) fn fence(&self, key: &Key) -> String {
        format!("{}:fence:{}", self.0, key.as_str())
    }

    fn hash(&self, account: &str) -> String {
        format!("{}:entries:{account}", self.0)
    }
}

/// How much of a key or a prefix names the account: its first three parts.
fn account_length(text: &str) -> Option<usize> {
    text.match_indices('/').nth(2).map(|(at, _)| at + 1)
}
