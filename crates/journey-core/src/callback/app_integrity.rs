//! `AppIntegrityCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks the platform to vouch for the application; PingOne Advanced Identity Cloud only.
///
/// ```json
/// {"type": "AppIntegrityCallback", "output": [{"name": "requestType", "value": "STANDARD"},
///  {"name": "projectNumber", "value": "4711"}, {"name": "nonce", "value": "n-1"}],
///  "input": [{"name": "IDToken1token", "value": ""}, {"name": "IDToken1clientError", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct AppIntegrityCallback {
    raw: RawCallback,
    token: usize,
    client_error: usize,
}

impl AppIntegrityCallback {
    /// Returns which kind of proof is wanted, such as `CLASSIC` or `STANDARD`.
    pub fn request_type(&self) -> String {
        self.raw.output_text("requestType").unwrap_or_default()
    }

    /// Returns the number of the project at the platform's owner.
    pub fn project_number(&self) -> String {
        self.raw.output_text("projectNumber").unwrap_or_default()
    }

    /// Returns what binds the proof to this step.
    pub fn nonce(&self) -> String {
        self.raw.output_text("nonce").unwrap_or_default()
    }

    /// Hands the platform's proof over. It is kept in memory that is wiped.
    pub fn set_token(&mut self, token: impl Into<SecretString>) {
        let token = token.into();
        self.raw.set_proven_input(self.token, token.expose_secret());
    }

    /// Says why it did not work.
    pub fn set_client_error(&mut self, error: &str) {
        self.raw.set_proven_input(self.client_error, error);
    }
}

typed_callback!(AppIntegrityCallback, "AppIntegrityCallback", |raw| {
    let inputs = (raw.find_input(&["token"], 0), raw.find_input(&["clientError"], 1));
    let (Some(token), Some(client_error)) = inputs else { return Err(raw) };
    Ok(Self { token, client_error, raw })
});
