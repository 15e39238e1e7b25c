//! `NameCallback`.

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks for a user name. AM's journeys also ask for one-time codes with it, so mind the prompt.
///
/// ```json
/// {"type": "NameCallback", "output": [{"name": "prompt", "value": "User Name"}],
///  "input": [{"name": "IDToken1", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct NameCallback {
    raw: RawCallback,
    prompt: String,
}

impl NameCallback {
    /// Returns the text to show before the field.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Returns the name as it is now; OpenAM may suggest one.
    pub fn name(&self) -> Option<String> {
        self.raw.input(0)
    }

    /// Sets the name.
    pub fn set_name(&mut self, name: &str) {
        self.raw.set_proven_input(0, name);
    }
}

typed_callback!(NameCallback, "NameCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => Ok(Self { prompt: raw.output_text("prompt").unwrap_or_default(), raw }),
});
