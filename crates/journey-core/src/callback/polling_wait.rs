//! `PollingWaitCallback`.

use std::time::Duration;

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks to wait and then send the step back as it is, until something elsewhere has happened.
///
/// An answer that comes too early counts as spam and can fail the journey.
///
/// ```json
/// {"type": "PollingWaitCallback", "output": [{"name": "waitTime", "value": "5000"},
///  {"name": "message", "value": "Waiting for your phone"}]}
/// ```
#[derive(Debug)]
pub struct PollingWaitCallback {
    raw: RawCallback,
    wait: Duration,
    message: String,
}

impl PollingWaitCallback {
    /// Returns how long to wait; AM sends milliseconds, as a text.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// Returns the text to show; OpenAM sends none.
    pub fn message(&self) -> &str {
        &self.message
    }
}

typed_callback!(PollingWaitCallback, "PollingWaitCallback", |raw| {
    let wait = raw.output_integer("waitTime").and_then(|it| u64::try_from(it).ok());
    match wait {
        None => Err(raw),
        Some(wait) => Ok(Self {
            wait: Duration::from_millis(wait),
            message: raw.output_text("message").unwrap_or_default(),
            raw,
        }),
    }
});
