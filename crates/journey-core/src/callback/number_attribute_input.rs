//! `NumberAttributeInputCallback`.

use serde_json::Value;

use crate::callback::{InputError, RawCallback, attribute::attribute, typed::typed_callback};

/// Asks for an attribute of the user's that is a number; it may have none yet.
///
/// ```json
/// {"type": "NumberAttributeInputCallback", "output": [{"name": "name", "value": "age"},
///  {"name": "prompt", "value": "Age"}, {"name": "required", "value": false},
///  {"name": "policies", "value": {}}, {"name": "failedPolicies", "value": []},
///  {"name": "validateOnly", "value": false}, {"name": "value", "value": null}],
///  "input": [{"name": "IDToken1", "value": null}, {"name": "IDToken1validateOnly", "value": false}]}
/// ```
#[derive(Debug)]
pub struct NumberAttributeInputCallback {
    raw: RawCallback,
    prompt: String,
}

impl NumberAttributeInputCallback {
    /// Returns the value as it is now, the server's own until one is set; none when there is no number.
    pub fn value(&self) -> Option<f64> {
        if self.raw.is_set(0) {
            return self.raw.input(0).and_then(number);
        }
        self.raw.input(0).and_then(number).or_else(|| self.raw.output("value").and_then(number))
    }

    /// Sets the value.
    ///
    /// # Errors
    /// [`InputError`] when it is infinite or not a number: JSON can't say that.
    pub fn set_value(&mut self, value: f64) -> Result<(), InputError> {
        if !value.is_finite() {
            return Err(InputError::new("the value is not a finite number"));
        }
        self.raw.set_input(0, &value)
    }

    /// Says that there is no number.
    pub fn clear_value(&mut self) {
        self.raw.set_proven_input(0, &Value::Null);
    }
}

fn number(value: Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|it: &f64| it.is_finite()),
        _ => None,
    }
}

attribute!(NumberAttributeInputCallback);

typed_callback!(NumberAttributeInputCallback, "NumberAttributeInputCallback", |raw| match raw
    .inputs()
{
    0 => Err(raw),
    _ => Ok(Self { prompt: raw.output_text("prompt").unwrap_or_default(), raw }),
});
