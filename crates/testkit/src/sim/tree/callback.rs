//! One callback: what it asks, and what an answer to it must look like.

use serde_json::{Value, json};

/// What a callback is.
#[derive(Debug, Clone)]
pub(crate) enum CallbackSpec {
    Name { prompt: String },
    Password { prompt: String },
    OneTimePassword { prompt: String, code: String },
    TextInput { prompt: String, default: String },
    TextOutput { message: String, kind: u8 },
    Choice { prompt: String, choices: Vec<String>, default: usize },
    Confirmation { prompt: String, options: Vec<String>, default: usize },
    Hidden { id: String, value: String },
    Polling { wait: u64, rounds: u32, message: String },
    Other(Value),
}

/// What a client answered to one callback.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// It has no input.
    Nothing,
    Text(String),
    Number(i64),
    Json(Value),
}

/// Why an answer can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// A text was needed and another type came: AM fails with 500.
    NotText,
    /// A `null` where a text was needed: the login fails.
    Null,
    /// A number was needed, or one of the offered options.
    OutOfRange,
}

impl CallbackSpec {
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Name { .. } => "NameCallback",
            Self::Password { .. } | Self::OneTimePassword { .. } => "PasswordCallback",
            Self::TextInput { .. } => "TextInputCallback",
            Self::TextOutput { .. } => "TextOutputCallback",
            Self::Choice { .. } => "ChoiceCallback",
            Self::Confirmation { .. } => "ConfirmationCallback",
            Self::Hidden { .. } => "HiddenValueCallback",
            Self::Polling { .. } => "PollingWaitCallback",
            Self::Other(json) => json["type"].as_str().unwrap_or_default(),
        }
    }

    /// How many inputs an answer must have.
    pub(crate) fn inputs(&self) -> usize {
        match self {
            Self::TextOutput { .. } | Self::Polling { .. } => 0,
            Self::Other(json) => json["input"].as_array().map_or(0, Vec::len),
            _ => 1,
        }
    }

    /// Writes the callback; `position` counts from 1.
    pub(crate) fn to_json(&self, position: usize, openam: bool) -> Value {
        if let Self::Other(json) = self {
            return json.clone();
        }
        let output: Vec<Value> = self
            .outputs(openam)
            .into_iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let mut callback = json!({ "type": self.type_name(), "output": output });
        if let Some(initial) = self.initial_input() {
            callback["input"] = json!([{ "name": format!("IDToken{position}"), "value": initial }]);
        }
        callback
    }

    fn outputs(&self, openam: bool) -> Vec<(&'static str, Value)> {
        match self {
            Self::Name { prompt }
            | Self::Password { prompt }
            | Self::OneTimePassword { prompt, .. } => vec![("prompt", json!(prompt))],
            Self::TextInput { prompt, default } => {
                vec![("prompt", json!(prompt)), ("defaultText", json!(default))]
            }
            // A text, though ConfirmationCallback has a number there.
            Self::TextOutput { message, kind } => {
                vec![("message", json!(message)), ("messageType", json!(kind.to_string()))]
            }
            Self::Choice { prompt, choices, default } => vec![
                ("prompt", json!(prompt)),
                ("choices", json!(choices)),
                ("defaultChoice", json!(default)),
            ],
            Self::Confirmation { prompt, options, default } => vec![
                ("prompt", json!(prompt)),
                ("messageType", json!(0)),
                ("options", json!(options)),
                ("optionType", json!(-1)),
                ("defaultOption", json!(default)),
            ],
            Self::Hidden { value, .. } if openam => vec![("value", json!(value))],
            Self::Hidden { id, value } => vec![("value", json!(value)), ("id", json!(id))],
            // Milliseconds, as a text.
            Self::Polling { wait, .. } if openam => vec![("waitTime", json!(wait.to_string()))],
            Self::Polling { wait, message, .. } => {
                vec![("waitTime", json!(wait.to_string())), ("message", json!(message))]
            }
            Self::Other(_) => Vec::new(),
        }
    }

    fn initial_input(&self) -> Option<Value> {
        match self {
            Self::Name { .. } | Self::Password { .. } | Self::OneTimePassword { .. } => {
                Some(json!(""))
            }
            Self::TextInput { default, .. } => Some(json!(default)),
            Self::Choice { default, .. } | Self::Confirmation { default, .. } => {
                Some(json!(default))
            }
            // The input of a hidden value starts as its id, not as its value.
            Self::Hidden { id, .. } => Some(json!(id)),
            Self::TextOutput { .. } | Self::Polling { .. } | Self::Other(_) => None,
        }
    }

    /// Reads an answered callback.
    pub(crate) fn read(&self, answered: &Value) -> Result<Asked, Unfit> {
        if self.inputs() == 0 {
            return Ok(Asked::Nothing);
        }
        if let Self::Other(_) = self {
            return Ok(Asked::Json(answered["input"].clone()));
        }
        let value = &answered["input"][0]["value"];
        match self {
            Self::Choice { choices, .. } => index(value, choices.len()).map(Asked::Number),
            Self::Confirmation { options, .. } => index(value, options.len()).map(Asked::Number),
            _ if value.is_null() => Err(Unfit::Null),
            _ => value.as_str().map(|it| Asked::Text(it.to_owned())).ok_or(Unfit::NotText),
        }
    }
}

/// An index as a number or as a text.
fn index(value: &Value, count: usize) -> Result<i64, Unfit> {
    let index = match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let in_range = |it: &i64| usize::try_from(*it).is_ok_and(|it| it < count);
    // 100 is how a waiting page says that its button was not pressed.
    index.filter(|it| in_range(it) || *it == 100).ok_or(Unfit::OutOfRange)
}
