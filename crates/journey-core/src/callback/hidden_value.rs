//! `HiddenValueCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, typed::typed_callback};

/// Hands a value to a script and takes one back, unseen by the user.
///
/// Untouched, the input goes back as it came: AM fills it with the id, not with the value.
///
/// ```json
/// {"type": "HiddenValueCallback", "output": [{"name": "value", "value": "false"},
///  {"name": "id", "value": "webAuthnOutcome"}], "input": [{"name": "IDToken1", "value": "webAuthnOutcome"}]}
/// ```
#[derive(Debug)]
pub struct HiddenValueCallback {
    raw: RawCallback,
    id: Option<String>,
}

impl HiddenValueCallback {
    /// Returns what the value is for, such as `webAuthnOutcome`. OpenAM sends no id, so there the input's
    /// first value, which is the id, stands in.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the value the server sent. It may be a secret, so `Debug` does not show it.
    pub fn value(&self) -> Option<SecretString> {
        self.raw.output_text("value").map(SecretString::from)
    }

    /// Sets the value to send.
    pub fn set_value(&mut self, value: impl Into<SecretString>) {
        let value = value.into();
        self.raw.set_proven_input(0, value.expose_secret());
    }
}

typed_callback!(HiddenValueCallback, "HiddenValueCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => Ok(Self {
        id: raw.output_text("id").or_else(|| raw.input(0)).filter(|it: &String| !it.is_empty()),
        raw,
    }),
});
