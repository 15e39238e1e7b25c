//! Which policies the server will check.

use serde_json::{Map, Value};

use crate::{callback::RawCallback, policy::Requirement};

/// Lists the policies that a value will be checked against, so that a form can say so beforehand.
///
/// The server checks; nothing is checked here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies {
    name: String,
    requirements: Vec<String>,
    policies: Vec<Policy>,
}

/// Describes one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    id: String,
    params: Map<String, Value>,
    requirements: Vec<String>,
}

impl Policies {
    /// Reads those of a callback; servers without any send `{}` or `[]`.
    pub(crate) fn of(raw: &RawCallback) -> Self {
        raw.output::<Value>("policies").map(|it| Self::from_json(&it)).unwrap_or_default()
    }

    /// Reads the object AM sends; what is missing or of another shape is empty.
    ///
    /// ```
    /// use journey_core::{Policies, Requirement};
    ///
    /// let policies = Policies::from_json(&serde_json::json!({"policyRequirements": ["REQUIRED", "X"]}));
    /// assert_eq!(policies.names(), ["REQUIRED", "X"]);
    /// assert!(policies.requires(Requirement::Required));
    /// ```
    pub fn from_json(value: &Value) -> Self {
        let list = value.get("policies").and_then(Value::as_array);
        Self {
            name: value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            requirements: names(value),
            policies: list.into_iter().flatten().filter_map(Policy::read).collect(),
        }
    }

    /// Returns the name of the property they are about; often empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the requirements' names on the wire, such as `MIN_LENGTH`.
    pub fn names(&self) -> &[String] {
        &self.requirements
    }

    /// Tells whether a requirement is among them.
    pub fn requires(&self, requirement: Requirement) -> bool {
        self.requirements.iter().any(|it| Requirement::from_name(it) == requirement)
    }

    /// Returns the policies one by one, with their parameters.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Returns a parameter of any of them, such as `minLength`.
    pub fn param(&self, name: &str) -> Option<&Value> {
        self.policies.iter().find_map(|it| it.params.get(name))
    }

    /// Tells whether the server sent none.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty() && self.policies.is_empty()
    }
}

impl Policy {
    fn read(value: &Value) -> Option<Self> {
        let params = match value.get("params") {
            Some(Value::Object(params)) => params.clone(),
            _ => Map::new(),
        };
        let id = value.get("policyId")?.as_str()?.to_owned();
        Some(Self { id, params, requirements: names(value) })
    }

    /// Returns the policy's name, such as `minimum-length`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns its parameters.
    pub fn params(&self) -> &Map<String, Value> {
        &self.params
    }

    /// Returns the names of the requirements it makes.
    pub fn names(&self) -> &[String] {
        &self.requirements
    }
}

fn names(value: &Value) -> Vec<String> {
    let list = value.get("policyRequirements").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}
