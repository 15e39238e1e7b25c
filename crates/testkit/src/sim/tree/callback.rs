//! One callback: what it asks, and what an answer to it must look like.

use serde_json::{Value, json};

use crate::sim::state::Journey;
use crate::sim::{Am, totp};

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
    TotpScript { issuer: String },
    TotpCode { prompt: String, tries: u32 },
    Other(Value),
}

/// What a callback needs to know to be written.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) openam: bool,
    pub(crate) username: &'a str,
    pub(crate) new_device: &'a str,
    /// What was answered to the same page before.
    pub(crate) last: &'a [Asked],
}

impl<'a> Context<'a> {
    pub(crate) fn of(am: &Am, journey: &'a Journey) -> Self {
        Self {
            openam: am.profile().is_openam(),
            username: journey.username.as_deref().unwrap_or_default(),
            new_device: journey.new_device.as_deref().unwrap_or_default(),
            last: &journey.last,
        }
    }
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
            Self::Name { .. } | Self::TotpCode { .. } => "NameCallback",
            Self::Password { .. } | Self::OneTimePassword { .. } => "PasswordCallback",
            Self::TextInput { .. } => "TextInputCallback",
            Self::TextOutput { .. } | Self::TotpScript { .. } => "TextOutputCallback",
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
            Self::TextOutput { .. } | Self::TotpScript { .. } | Self::Polling { .. } => 0,
            Self::Other(json) => json["input"].as_array().map_or(0, Vec::len),
            _ => 1,
        }
    }

    /// Writes the callback; `position` counts from 1.
    pub(crate) fn to_json(&self, position: usize, context: &Context<'_>) -> Value {
        if let Self::Other(json) = self {
            return json.clone();
        }
        let output: Vec<Value> = self
            .outputs(context)
            .into_iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let mut callback = json!({ "type": self.type_name(), "output": output });
        // OpenAM shows again what was typed; PingAM does not.
        let last = context.last.get(position - 1).filter(|_| context.openam);
        let last = last.and_then(|it| match (self, it) {
            (Self::Name { .. } | Self::TotpCode { .. }, Asked::Text(text)) => Some(json!(text)),
            _ => None,
        });
        if let Some(initial) = last.or_else(|| self.initial_input()) {
            callback["input"] = json!([{ "name": format!("IDToken{position}"), "value": initial }]);
        }
        callback
    }

    /// Tells whether its answer is nobody's business.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self, Self::Password { .. } | Self::OneTimePassword { .. } | Self::TotpCode { .. })
    }

    /// Tells whether OpenAM's `infoText` has a place for it.
    pub(crate) fn has_info_text(&self) -> bool {
        !matches!(
            self,
            Self::TextOutput { .. } | Self::TotpScript { .. } | Self::Confirmation { .. }
        )
    }

    fn outputs(&self, context: &Context<'_>) -> Vec<(&'static str, Value)> {
        let openam = context.openam;
        match self {
            Self::Name { prompt }
            | Self::Password { prompt }
            | Self::OneTimePassword { prompt, .. }
            | Self::TotpCode { prompt, .. } => vec![("prompt", json!(prompt))],
            Self::TotpScript { issuer } => {
                let uri = totp::uri(issuer, context.username, context.new_device);
                vec![("message", json!(qr_code_script(&uri))), ("messageType", json!("4"))]
            }
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
            Self::Name { .. }
            | Self::Password { .. }
            | Self::OneTimePassword { .. }
            | Self::TotpCode { .. } => Some(json!("")),
            Self::TextInput { default, .. } => Some(json!(default)),
            Self::Choice { default, .. } | Self::Confirmation { default, .. } => {
                Some(json!(default))
            }
            // The input of a hidden value starts as its id, not as its value.
            Self::Hidden { id, .. } => Some(json!(id)),
            Self::TextOutput { .. }
            | Self::TotpScript { .. }
            | Self::Polling { .. }
            | Self::Other(_) => None,
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

/// The script that draws the QR code in AM's own pages.
fn qr_code_script(uri: &str) -> String {
    format!(
        "require(['org/forgerock/openam/server/util/QRCodeReader'], function (QRCodeReader) {{\n    \
         QRCodeReader.createCode({{\n        id: 'callback_1',\n        text: '{uri}',\n        \
         version: '20',\n        code: 'L'\n    }});\n}});"
    )
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
