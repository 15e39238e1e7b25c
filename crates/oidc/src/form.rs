//! Form bodies that may hold secrets.

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};
use url::form_urlencoded::byte_serialize;

/// Collects name and value pairs; what it outgrows is wiped.
pub(crate) struct Form(String);

impl Form {
    pub(crate) fn new() -> Self {
        Self(String::with_capacity(512))
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        // Each byte becomes three at most, and the separators take two.
        self.reserve(3 * (name.len() + value.len()) + 2);
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend(byte_serialize(name.as_bytes()));
        self.0.push('=');
        self.0.extend(byte_serialize(value.as_bytes()));
    }

    pub(crate) fn add_secret(&mut self, name: &str, value: &SecretString) {
        self.add(name, value.expose_secret());
    }

    pub(crate) fn into_secret(mut self) -> SecretString {
        // Shrinking a string may leave an unwiped copy behind, so it is copied and wiped here.
        let secret = SecretString::from(self.0.as_str());
        self.0.zeroize();
        secret
    }

    fn reserve(&mut self, more: usize) {
        let needed = self.0.len() + more;
        if needed > self.0.capacity() {
            let mut larger = String::with_capacity(needed * 2);
            larger.push_str(&self.0);
            self.0.zeroize();
            self.0 = larger;
        }
    }
}

impl Drop for Form {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
