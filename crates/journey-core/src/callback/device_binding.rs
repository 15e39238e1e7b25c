//! `DeviceBindingCallback`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{InputError, RawCallback, typed::typed_callback};

/// Asks to make a key on this device and to bind it to the user.
///
/// ```json
/// {"type": "DeviceBindingCallback", "output": [{"name": "userId", "value": "id=bjensen,ou=user"},
///  {"name": "username", "value": "bjensen"}, {"name": "authenticationType", "value": "APPLICATION_PIN"},
///  {"name": "challenge", "value": "Y2hhbGxlbmdl"}, {"name": "title", "value": "Bind this device"},
///  {"name": "subtitle", "value": ""}, {"name": "description", "value": ""}, {"name": "timeout", "value": 60},
///  {"name": "attestation", "value": false}],
///  "input": [{"name": "IDToken1jws", "value": ""}, {"name": "IDToken1deviceName", "value": ""},
///   {"name": "IDToken1deviceId", "value": ""}, {"name": "IDToken1clientError", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct DeviceBindingCallback {
    raw: RawCallback,
    authentication: DeviceAuthentication,
    timeout: Duration,
    jws: usize,
    client_error: usize,
}

/// Says how the user unlocks the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceAuthentication {
    /// By fingerprint, face or the like, and nothing else.
    BiometricOnly,
    /// By fingerprint, face or the like, else as the device is unlocked.
    BiometricAllowFallback,
    /// By a PIN of this application's own.
    ApplicationPin,
    /// Not at all.
    None,
    /// In a way this crate does not know. Never take it for [`None`](Self::None): refuse as unsupported.
    Unknown,
}

impl DeviceBindingCallback {
    /// Returns whose key it will be; it becomes the claim `sub`.
    pub fn user_id(&self) -> String {
        self.raw.output_text("userId").unwrap_or_default()
    }

    /// Returns the user's name, to show.
    pub fn username(&self) -> String {
        self.raw.output_text("username").unwrap_or_default()
    }

    /// Returns how the user is to unlock the key.
    pub fn authentication(&self) -> DeviceAuthentication {
        self.authentication
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

    /// Returns how long the user may take; 60 seconds when the server says nothing.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Tells whether the key's origin must be attested.
    pub fn wants_attestation(&self) -> bool {
        self.raw.output_bool("attestation").unwrap_or_default()
    }

    /// Hands the signed proof over. It is kept in memory that is wiped.
    pub fn set_jws(&mut self, jws: impl Into<SecretString>) {
        let jws = jws.into();
        self.raw.set_proven_input(self.jws, jws.expose_secret());
    }

    /// Sets the device's name, as the user knows it.
    ///
    /// # Errors
    /// [`InputError`] when the callback has no such input.
    pub fn set_device_name(&mut self, name: &str) -> Result<(), InputError> {
        let input = self.raw.find_input(&["deviceName"], 1);
        self.raw.set_input(input.ok_or_else(InputError::no_input)?, name)
    }

    /// Sets the device's identifier.
    ///
    /// # Errors
    /// [`InputError`] when the callback has no such input.
    pub fn set_device_id(&mut self, id: &str) -> Result<(), InputError> {
        let input = self.raw.find_input(&["deviceId"], 2);
        self.raw.set_input(input.ok_or_else(InputError::no_input)?, id)
    }

    /// Says why it did not work: AM knows `Unsupported`, `Abort`, `Timeout` and `ClientNotRegistered`; they
    /// are outcomes of its node.
    pub fn set_client_error(&mut self, error: &str) {
        self.raw.set_proven_input(self.client_error, error);
    }
}

typed_callback!(DeviceBindingCallback, "DeviceBindingCallback", |raw| {
    let inputs = (raw.find_input(&["jws"], 0), raw.find_input(&["clientError"], 3));
    let (Some(jws), Some(client_error)) = inputs else { return Err(raw) };
    let authentication = match raw.output_text("authenticationType").as_deref() {
        // Ping's documentation prints the first, AM's code the second.
        Some("BIOMETRIC" | "BIOMETRIC_ONLY") => DeviceAuthentication::BiometricOnly,
        Some("BIOMETRIC_ALLOW_FALLBACK") => DeviceAuthentication::BiometricAllowFallback,
        Some("APPLICATION_PIN") => DeviceAuthentication::ApplicationPin,
        Some("NONE") => DeviceAuthentication::None,
        _ => DeviceAuthentication::Unknown,
    };
    Ok(Self { authentication, timeout: raw.output_seconds("timeout", 60), jws, client_error, raw })
});
