//! `TextOutputCallback`.

use crate::callback::{RawCallback, typed::typed_callback};

/// Says how a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// Wire value 0.
    Information,
    /// Wire value 1.
    Warning,
    /// Wire value 2.
    Error,
    /// Wire value 4: JavaScript for a browser, not a text to show. It can still hold what a client wants,
    /// such as the `otpauth://` URI of an enrolment.
    Script,
    /// Any other value.
    Other,
}

/// Shows a message.
///
/// ```json
/// {"type": "TextOutputCallback", "output": [{"name": "message", "value": "Check your phone"},
///  {"name": "messageType", "value": "0"}]}
/// ```
#[derive(Debug)]
pub struct TextOutputCallback {
    raw: RawCallback,
    message: String,
    kind: MessageKind,
}

impl TextOutputCallback {
    /// Returns the message, or the script.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns how it is meant.
    pub fn kind(&self) -> MessageKind {
        self.kind
    }
}

impl MessageKind {
    /// Reads the kind. AM writes this number as a text; the Confirmation callback's it writes as a number.
    pub(super) fn of(raw: &RawCallback) -> Self {
        match raw.output_integer("messageType") {
            Some(0) | None => Self::Information,
            Some(1) => Self::Warning,
            Some(2) => Self::Error,
            Some(4) => Self::Script,
            Some(_) => Self::Other,
        }
    }
}

typed_callback!(TextOutputCallback, "TextOutputCallback", |raw| Ok(Self {
    message: raw.output_text("message").unwrap_or_default(),
    kind: MessageKind::of(&raw),
    raw,
}));
