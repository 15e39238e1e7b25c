//! `ValidatedCreatePasswordCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, attribute::checked, typed::typed_callback};

/// Asks for a new password, which the server checks against its policies.
///
/// ```json
/// {"type": "ValidatedCreatePasswordCallback", "output": [{"name": "echoOn", "value": false},
///  {"name": "policies", "value": {"policyRequirements": ["REQUIRED", "AT_LEAST_X_NUMBERS"]}},
///  {"name": "failedPolicies", "value": []}, {"name": "validateOnly", "value": false},
///  {"name": "prompt", "value": "Password"}],
///  "input": [{"name": "IDToken2", "value": ""}, {"name": "IDToken2validateOnly", "value": false}]}
/// ```
#[derive(Debug)]
pub struct ValidatedCreatePasswordCallback {
    raw: RawCallback,
    prompt: String,
}

impl ValidatedCreatePasswordCallback {
    /// Tells whether the field may show what is typed.
    pub fn is_echo_on(&self) -> bool {
        self.raw.output_bool("echoOn").unwrap_or_default()
    }

    /// Sets the password. It is kept in memory that is wiped, and never given out again.
    pub fn set_password(&mut self, password: impl Into<SecretString>) {
        let password = password.into();
        self.raw.set_proven_input(0, password.expose_secret());
    }
}

checked!(ValidatedCreatePasswordCallback);

typed_callback!(
    ValidatedCreatePasswordCallback,
    "ValidatedCreatePasswordCallback",
    |raw| match raw.inputs() {
        0 => Err(raw),
        _ => Ok(Self { prompt: raw.output_text("prompt").unwrap_or_default(), raw }),
    }
);
