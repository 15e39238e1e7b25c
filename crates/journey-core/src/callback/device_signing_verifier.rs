//! `DeviceSigningVerifierCallback`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks to sign a challenge with the key that was bound to the user on this device.
///
/// ```json
/// {"type": "DeviceSigningVerifierCallback", "output": [{"name": "userId", "value": ""},
///  {"name": "challenge", "value": "Y2hhbGxlbmdl"}, {"name": "title", "value": "Sign in"},
///  {"name": "subtitle", "value": ""}, {"name": "description", "value": ""}, {"name": "timeout", "value": 60}],
///  "input": [{"name": "IDToken1jws", "value": ""}, {"name": "IDToken1clientError", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct DeviceSigningVerifierCallback {
    raw: RawCallback,
    timeout: Duration,
    jws: usize,
    client_error: usize,
}

impl DeviceSigningVerifierCallback {
    /// Returns whose key is meant; none when the user may be anyone who has bound a key here.
    pub fn user_id(&self) -> Option<String> {
        self.raw.output_text("userId").filter(|it| !it.is_empty())
    }

    /// Returns what must be signed, in base64, as it came.
    pub fn challenge(&self) -> String {
        self.raw.output_text("challenge").unwrap_or_default()
    }

    /// Returns the headline of the prompt.
    pub fn title(&self) -> String {
        self.raw.output_text("title").unwrap_or_default()
    }

    /// Returns the second headline of the prompt.
    pub fn subtitle(&self) -> String {
        self.raw.output_text("subtitle").unwrap_or_default()
    }

    /// Returns the text of the prompt.
    pub fn description(&self) -> String {
        self.raw.output_text("description").unwrap_or_default()
    }

    /// Returns how long the user may take; 30 seconds when the server says nothing.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Hands the signed proof over. It is kept in memory that is wiped.
    pub fn set_jws(&mut self, jws: impl Into<SecretString>) {
        let jws = jws.into();
        self.raw.set_proven_input(self.jws, jws.expose_secret());
    }

    /// Says why it did not work: AM knows `Unsupported`, `Abort`, `Timeout` and `ClientNotRegistered`; they
    /// are outcomes of its node.
    pub fn set_client_error(&mut self, error: &str) {
        self.raw.set_proven_input(self.client_error, error);
    }
}

typed_callback!(DeviceSigningVerifierCallback, "DeviceSigningVerifierCallback", |raw| {
    let inputs = (raw.find_input(&["jws"], 0), raw.find_input(&["clientError"], 1));
    let (Some(jws), Some(client_error)) = inputs else { return Err(raw) };
    Ok(Self { timeout: raw.output_seconds("timeout", 30), jws, client_error, raw })
});
