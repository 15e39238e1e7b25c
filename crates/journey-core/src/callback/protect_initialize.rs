//! `PingOneProtectInitializeCallback`.

use crate::callback::{ProtectOptions, RawCallback, typed::typed_callback};

/// Asks to start PingOne Protect's collection of signals. When that worked, it goes back as it came.
///
/// ```json
/// {"type": "PingOneProtectInitializeCallback", "output": [{"name": "envId", "value": "02fb4743"},
///  {"name": "consoleLogEnabled", "value": false}, {"name": "deviceAttributesToIgnore", "value": ["userAgent"]},
///  {"name": "customHost", "value": ""}, {"name": "lazyMetadata", "value": false},
///  {"name": "behavioralDataCollection", "value": true}, {"name": "deviceKeyRsyncIntervals", "value": 14},
///  {"name": "enableTrust", "value": false}, {"name": "disableTags", "value": false},
///  {"name": "disableHub", "value": false}], "input": [{"name": "IDToken1clientError", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct PingOneProtectInitializeCallback {
    raw: RawCallback,
    client_error: usize,
}

impl PingOneProtectInitializeCallback {
    /// Returns how the collection is to be started.
    pub fn options(&self) -> ProtectOptions {
        ProtectOptions::read(|name| self.raw.output(name))
    }

    /// Says why it did not work.
    pub fn set_client_error(&mut self, error: &str) {
        self.raw.set_proven_input(self.client_error, error);
    }
}

typed_callback!(PingOneProtectInitializeCallback, "PingOneProtectInitializeCallback", |raw| {
    let Some(client_error) = raw.find_input(&["clientError"], 0) else { return Err(raw) };
    Ok(Self { client_error, raw })
});
