//! `DeviceProfileCallback`.

use serde_json::Value;

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks for facts about the device.
///
/// ```json
/// {"type": "DeviceProfileCallback", "output": [{"name": "metadata", "value": true},
///  {"name": "location", "value": false}, {"name": "message", "value": "Collecting ..."}],
///  "input": [{"name": "IDToken1", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct DeviceProfileCallback {
    raw: RawCallback,
    message: String,
}

impl DeviceProfileCallback {
    /// Returns the text to show meanwhile.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Tells whether facts about hardware and software are asked for.
    pub fn wants_metadata(&self) -> bool {
        self.raw.output_bool("metadata").unwrap_or_default()
    }

    /// Tells whether the place is asked for.
    pub fn wants_location(&self) -> bool {
        self.raw.output_bool("location").unwrap_or_default()
    }

    /// Sets the profile: `{"identifier", "metadata": {}, "location": {"latitude", "longitude"}}`, of which
    /// only the identifier is always needed. AM wants it as a text, which is written here.
    pub fn set_profile(&mut self, profile: &Value) {
        self.raw.set_proven_input(0, &profile.to_string());
    }
}

typed_callback!(DeviceProfileCallback, "DeviceProfileCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => Ok(Self { message: raw.output_text("message").unwrap_or_default(), raw }),
});
