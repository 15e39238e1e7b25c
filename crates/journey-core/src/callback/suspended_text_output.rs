//! `SuspendedTextOutputCallback`.

use crate::callback::{MessageKind, RawCallback, typed::typed_callback};

/// Says that the journey goes on elsewhere, most often by a link in an e-mail.
///
/// The step that holds it has no authId and takes no answer: the journey is picked up again with what the
/// link holds, see `Resume`.
///
/// ```json
/// {"type": "SuspendedTextOutputCallback", "output": [{"name": "message", "value": "We sent you a mail"},
///  {"name": "messageType", "value": "0"}], "input": []}
/// ```
#[derive(Debug)]
pub struct SuspendedTextOutputCallback {
    raw: RawCallback,
    message: String,
    kind: MessageKind,
}

impl SuspendedTextOutputCallback {
    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns how it is meant.
    pub fn kind(&self) -> MessageKind {
        self.kind
    }
}

typed_callback!(SuspendedTextOutputCallback, "SuspendedTextOutputCallback", |raw| Ok(Self {
    message: raw.output_text("message").unwrap_or_default(),
    kind: MessageKind::of(&raw),
    raw,
}));
