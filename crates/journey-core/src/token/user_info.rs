//! What the userinfo endpoint says of a user.

use std::fmt;

use serde_json::{Map, Value};

/// Tells who the user is (OpenID Connect Core section 5.3).
///
/// `Debug` shows the names of the claims, not what they say.
///
/// ```
/// use journey_core::UserInfo;
/// use serde_json::json;
///
/// let claims = json!({"sub": "a0325ea4", "name": "Babs Jensen"});
/// let user = UserInfo::new(claims.as_object().cloned().unwrap_or_default());
/// assert_eq!(user.name(), Some("Babs Jensen"));
/// assert!(!format!("{user:?}").contains("Babs"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct UserInfo(Map<String, Value>);

impl UserInfo {
    /// Makes it from the claims as they came.
    pub fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// Returns the user's identifier at the issuer.
    pub fn sub(&self) -> Option<&str> {
        self.text("sub")
    }

    /// Returns the full name.
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// Returns the given name.
    pub fn given_name(&self) -> Option<&str> {
        self.text("given_name")
    }

    /// Returns the family name.
    pub fn family_name(&self) -> Option<&str> {
        self.text("family_name")
    }

    /// Returns the e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Returns any claim.
    pub fn get(&self, claim: &str) -> Option<&Value> {
        self.0.get(claim)
    }

    /// Returns all claims.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str()
    }
}

impl fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserInfo").field(&self.0.keys().collect::<Vec<_>>()).finish()
    }
}
