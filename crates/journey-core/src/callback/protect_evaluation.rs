//! `PingOneProtectEvaluationCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks for the signals that PingOne Protect has collected.
///
/// ```json
/// {"type": "PingOneProtectEvaluationCallback", "output": [{"name": "pauseBehavioralData", "value": true}],
///  "input": [{"name": "IDToken1signals", "value": ""}, {"name": "IDToken1clientError", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct PingOneProtectEvaluationCallback {
    raw: RawCallback,
    signals: usize,
    client_error: usize,
}

impl PingOneProtectEvaluationCallback {
    /// Tells whether the collection of behavioral data is to be paused afterwards.
    pub fn pauses_behavioral_data(&self) -> bool {
        self.raw.output_bool("pauseBehavioralData").unwrap_or_default()
    }

    /// Hands the signals over. They are kept in memory that is wiped.
    pub fn set_signals(&mut self, signals: impl Into<SecretString>) {
        let signals = signals.into();
        self.raw.set_proven_input(self.signals, signals.expose_secret());
    }

    /// Says why it did not work.
    pub fn set_client_error(&mut self, error: &str) {
        self.raw.set_proven_input(self.client_error, error);
    }
}

typed_callback!(PingOneProtectEvaluationCallback, "PingOneProtectEvaluationCallback", |raw| {
    let inputs = (raw.find_input(&["signals"], 0), raw.find_input(&["clientError"], 1));
    let (Some(signals), Some(client_error)) = inputs else { return Err(raw) };
    Ok(Self { signals, client_error, raw })
});
