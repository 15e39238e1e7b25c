//! What was wrong with a value.

use std::fmt;

use serde_json::{Map, Value};

use crate::{
    callback::RawCallback,
    policy::{PolicyMessages, Requirement},
};

/// Says which requirement a value did not meet.
///
/// `Debug` leaves the parameters' values out: one of them may be a piece of the user's password.
///
/// ```
/// use journey_core::{FailedPolicy, Requirement};
///
/// let failed = r#"{"policyRequirement": "MIN_LENGTH", "params": {"minLength": 3}}"#;
/// let failed = FailedPolicy::from_json(&failed.into()).unwrap();
/// assert_eq!(failed.requirement(), Requirement::MinLength);
/// assert_eq!(failed.message("User name"), "User name must have at least 3 characters");
/// ```
#[derive(Clone, PartialEq)]
pub struct FailedPolicy {
    name: String,
    params: Map<String, Value>,
}

/// Says which requirements one property did not meet.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedProperty {
    property: String,
    policies: Vec<FailedPolicy>,
}

impl FailedPolicy {
    /// Reads one entry: an object, an object in a text (as AM's callbacks have it), or a bare name. None
    /// when it is anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        let parsed;
        let entries = match value {
            Value::Object(entries) => entries,
            Value::String(text) => {
                parsed = serde_json::from_str::<Value>(text).ok();
                match parsed.as_ref() {
                    Some(Value::Object(entries)) => entries,
                    _ if is_name(text) => {
                        return Some(Self { name: text.clone(), params: Map::new() });
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        let params = match entries.get("params") {
            Some(Value::Object(params)) => params.clone(),
            _ => Map::new(),
        };
        Some(Self { name: entries.get("policyRequirement")?.as_str()?.to_owned(), params })
    }

    /// Reads those of a callback. One that can't be read is left out: it must not fail the step.
    pub(crate) fn all_of(raw: &RawCallback) -> Vec<Self> {
        let list: Vec<Value> = raw.output("failedPolicies").unwrap_or_default();
        list.iter().filter_map(Self::from_json).collect()
    }

    /// Returns the requirement.
    pub fn requirement(&self) -> Requirement {
        Requirement::from_name(&self.name)
    }

    /// Returns the requirement's name on the wire, such as `MIN_LENGTH`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the parameters, such as `minLength`.
    pub fn params(&self) -> &Map<String, Value> {
        &self.params
    }

    /// Returns a parameter that is a whole number, or a text that holds one.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.params.get(name)? {
            // AM computes with floating point numbers now and then: 8.0.
            Value::Number(it) => it.as_i64().or_else(|| whole(it.as_f64()?)),
            Value::String(it) => it.trim().parse().ok(),
            _ => None,
        }
    }

    /// Says it in English; `label` names the field. See [`PolicyMessages`] for other words.
    pub fn message(&self, label: &str) -> String {
        PolicyMessages::english().message(self, label)
    }
}

impl FailedProperty {
    /// Reads AM's `failedPolicyRequirements`; what can't be read is left out.
    pub(crate) fn all_of(detail: &Map<String, Value>) -> Vec<Self> {
        let list = detail.get("failedPolicyRequirements").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Self::read).collect()
    }

    fn read(value: &Value) -> Option<Self> {
        let parsed;
        let value = match value {
            Value::String(text) => {
                parsed = serde_json::from_str(text).ok()?;
                &parsed
            }
            other => other,
        };
        let list = value.get("policyRequirements").and_then(Value::as_array);
        let policies: Vec<_> =
            list.into_iter().flatten().filter_map(FailedPolicy::from_json).collect();
        let property = value.get("property").and_then(Value::as_str).unwrap_or_default();
        (!policies.is_empty()).then(|| Self { property: property.to_owned(), policies })
    }

    /// Returns the property's name, such as `mail`.
    pub fn property(&self) -> &str {
        &self.property
    }

    /// Returns what was wrong with it.
    pub fn policies(&self) -> &[FailedPolicy] {
        &self.policies
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'))
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

impl fmt::Debug for FailedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailedPolicy")
            .field("name", &self.name)
            .field("params", &self.params.keys().collect::<Vec<_>>())
            .finish()
    }
}
