//! `StringAttributeInputCallback`.

use crate::callback::{RawCallback, attribute::attribute, typed::typed_callback};

/// Asks for an attribute of the user's that is a text, such as an e-mail address.
///
/// ```json
/// {"type": "StringAttributeInputCallback", "output": [{"name": "name", "value": "mail"},
///  {"name": "prompt", "value": "Email Address"}, {"name": "required", "value": true},
///  {"name": "policies", "value": {}}, {"name": "failedPolicies", "value":
///   ["{\"policyRequirement\": \"VALID_EMAIL_ADDRESS_FORMAT\"}"]},
///  {"name": "validateOnly", "value": false}, {"name": "value", "value": ""}],
///  "input": [{"name": "IDToken1", "value": ""}, {"name": "IDToken1validateOnly", "value": false}]}
/// ```
#[derive(Debug)]
pub struct StringAttributeInputCallback {
    raw: RawCallback,
    prompt: String,
}

impl StringAttributeInputCallback {
    /// Returns the value as it is now, the server's own until one is set.
    pub fn value(&self) -> String {
        self.raw.input(0).or_else(|| self.raw.output_text("value")).unwrap_or_default()
    }

    /// Sets the value.
    pub fn set_value(&mut self, value: &str) {
        self.raw.set_proven_input(0, value);
    }
}

attribute!(StringAttributeInputCallback);

typed_callback!(StringAttributeInputCallback, "StringAttributeInputCallback", |raw| match raw
    .inputs()
{
    0 => Err(raw),
    _ => Ok(Self { prompt: raw.output_text("prompt").unwrap_or_default(), raw }),
});
