//! `ValidatedCreateUsernameCallback`.

use crate::callback::{RawCallback, attribute::checked, typed::typed_callback};

/// Asks for the name of a new account, which the server checks against its policies.
///
/// ```json
/// {"type": "ValidatedCreateUsernameCallback", "output": [
///  {"name": "policies", "value": {"policyRequirements": ["REQUIRED", "MIN_LENGTH"]}},
///  {"name": "failedPolicies", "value":
///   ["{\"params\": {\"minLength\": 3}, \"policyRequirement\": \"MIN_LENGTH\"}"]},
///  {"name": "validateOnly", "value": false}, {"name": "prompt", "value": "Username"}],
///  "input": [{"name": "IDToken1", "value": ""}, {"name": "IDToken1validateOnly", "value": false}]}
/// ```
#[derive(Debug)]
pub struct ValidatedCreateUsernameCallback {
    raw: RawCallback,
    prompt: String,
}

impl ValidatedCreateUsernameCallback {
    /// Returns the name as it is now.
    pub fn username(&self) -> Option<String> {
        self.raw.input(0)
    }

    /// Sets the name.
    pub fn set_username(&mut self, username: &str) {
        self.raw.set_proven_input(0, username);
    }
}

checked!(ValidatedCreateUsernameCallback);

typed_callback!(
    ValidatedCreateUsernameCallback,
    "ValidatedCreateUsernameCallback",
    |raw| match raw.inputs() {
        0 => Err(raw),
        _ => Ok(Self { prompt: raw.output_text("prompt").unwrap_or_default(), raw }),
    }
);
