//! `TextInputCallback`.

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks for a line of text; scripts use it.
///
/// ```json
/// {"type": "TextInputCallback", "output": [{"name": "prompt", "value": "Nickname"},
///  {"name": "defaultText", "value": "babs"}], "input": [{"name": "IDToken1", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct TextInputCallback {
    raw: RawCallback,
    prompt: String,
    default_text: String,
}

impl TextInputCallback {
    /// Returns the text to show before the field.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Returns what the field should hold at first; empty when the server says nothing.
    pub fn default_text(&self) -> &str {
        &self.default_text
    }

    /// Returns the text as it is now.
    pub fn text(&self) -> Option<String> {
        self.raw.input(0)
    }

    /// Sets the text.
    pub fn set_text(&mut self, text: &str) {
        self.raw.set_proven_input(0, text);
    }
}

typed_callback!(TextInputCallback, "TextInputCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => Ok(Self {
        prompt: raw.output_text("prompt").unwrap_or_default(),
        default_text: raw.output_text("defaultText").unwrap_or_default(),
        raw,
    }),
});
