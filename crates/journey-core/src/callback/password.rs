//! `PasswordCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks for a password, a one-time code, or an answer that nobody should read over a shoulder.
///
/// ```json
/// {"type": "PasswordCallback", "output": [{"name": "prompt", "value": "Password"}],
///  "input": [{"name": "IDToken2", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct PasswordCallback {
    raw: RawCallback,
    prompt: String,
}

impl PasswordCallback {
    /// Returns the text to show before the field.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Sets the password. It is kept in memory that is wiped, and never given out again.
    pub fn set_password(&mut self, password: impl Into<SecretString>) {
        let password = password.into();
        self.raw.set_proven_input(0, password.expose_secret());
    }
}

typed_callback!(PasswordCallback, "PasswordCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => Ok(Self { prompt: raw.output_text("prompt").unwrap_or_default(), raw }),
});
