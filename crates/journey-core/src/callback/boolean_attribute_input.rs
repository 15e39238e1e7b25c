//! `BooleanAttributeInputCallback`.

use crate::callback::{RawCallback, attribute::attribute, typed::typed_callback};

/// Asks for an attribute of the user's that is true or false.
///
/// ```json
/// {"type": "BooleanAttributeInputCallback", "output": [{"name": "name", "value": "preferences/updates"},
///  {"name": "prompt", "value": "Send me news"}, {"name": "required", "value": true},
///  {"name": "policies", "value": {}}, {"name": "failedPolicies", "value": []},
///  {"name": "validateOnly", "value": false}, {"name": "value", "value": false}],
///  "input": [{"name": "IDToken1", "value": false}, {"name": "IDToken1validateOnly", "value": false}]}
/// ```
#[derive(Debug)]
pub struct BooleanAttributeInputCallback {
    raw: RawCallback,
    prompt: String,
}

impl BooleanAttributeInputCallback {
    /// Returns the value as it is now, the server's own until one is set.
    pub fn value(&self) -> bool {
        self.raw.input(0).or_else(|| self.raw.output_bool("value")).unwrap_or_default()
    }

    /// Sets the value.
    pub fn set_value(&mut self, value: bool) {
        self.raw.set_proven_input(0, &value);
    }
}

attribute!(BooleanAttributeInputCallback);

typed_callback!(BooleanAttributeInputCallback, "BooleanAttributeInputCallback", |raw| match raw
    .inputs()
{
    0 => Err(raw),
    _ => Ok(Self { prompt: raw.output_text("prompt").unwrap_or_default(), raw }),
});
