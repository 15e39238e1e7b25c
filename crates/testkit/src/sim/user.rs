//! The people who sign in.

use std::fmt;

use aws_lc_rs::digest;

use crate::encoding::uuid_of;

/// A user with a password and a profile.
///
/// ```
/// use journey_testkit::sim::User;
///
/// let user = User::new("bjensen", "Passw0rd1").given_name("Babs").family_name("Jensen");
/// assert_eq!(user.username(), "bjensen");
/// assert!(!format!("{user:?}").contains("Passw0rd1"));
/// ```
#[derive(Clone)]
pub struct User {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) sub: String,
    pub(crate) has_own_sub: bool,
    pub(crate) name: String,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) active: bool,
}

impl User {
    /// Makes a user whose `sub` is a UUID that follows from the name.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        let username = username.into();
        let hash = digest::digest(&digest::SHA256, username.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_ref()[..16]);
        Self {
            sub: uuid_of(bytes),
            has_own_sub: false,
            name: username.clone(),
            password: password.into(),
            given_name: None,
            family_name: None,
            email: None,
            active: true,
            username,
        }
    }

    /// Returns the name that the user signs in with.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Sets the subject that `id_tokens` and userinfo name.
    #[must_use]
    pub fn subject(mut self, sub: impl Into<String>) -> Self {
        self.sub = sub.into();
        self.has_own_sub = true;
        self
    }

    /// Sets the full name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the given name.
    #[must_use]
    pub fn given_name(mut self, name: impl Into<String>) -> Self {
        self.given_name = Some(name.into());
        self
    }

    /// Sets the family name.
    #[must_use]
    pub fn family_name(mut self, name: impl Into<String>) -> Self {
        self.family_name = Some(name.into());
        self
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Makes the account inactive: the right password is refused too.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }
}

/// Leaves out the password.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("username", &self.username).finish_non_exhaustive()
    }
}
