//! Words for what was wrong.

use std::{collections::HashMap, fmt, sync::Arc};

use serde_json::Value;

use crate::policy::{FailedPolicy, Requirement};

type Words = Arc<dyn Fn(&str, &FailedPolicy) -> String + Send + Sync>;

/// Says in words which requirement was not met; English at first, and each of them may be replaced.
///
/// In a text, `{label}` stands for the field's name, `{key}` for a parameter, and `{key:word}` for a number
/// with its English word, in the plural where it must be.
///
/// ```
/// use journey_core::{FailedPolicy, PolicyMessages};
///
/// let german = PolicyMessages::english()
///     .text("MIN_LENGTH", "{label} braucht mindestens {minLength} Zeichen")
///     .otherwise("{label} ist nicht erlaubt");
/// let failed = FailedPolicy::from_json(&r#"{"policyRequirement":"MIN_LENGTH","params":{"minLength":8}}"#.into());
/// assert_eq!(german.message(&failed.unwrap(), "Passwort"), "Passwort braucht mindestens 8 Zeichen");
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct PolicyMessages {
    own: HashMap<String, Words>,
    otherwise: Option<String>,
}

impl PolicyMessages {
    /// Makes the English ones.
    pub fn english() -> Self {
        Self::default()
    }

    /// Replaces the text for one requirement, by its name on the wire.
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        self.with(name, move |label, failed| fill(&text, label, failed).0)
    }

    /// Replaces the words for one requirement by what a function makes of the label and what failed.
    pub fn with(
        mut self,
        name: impl Into<String>,
        words: impl Fn(&str, &FailedPolicy) -> String + Send + Sync + 'static,
    ) -> Self {
        self.own.insert(name.into(), Arc::new(words));
        self
    }

    /// Sets the text for each requirement that has no own one, the known ones included.
    pub fn otherwise(mut self, text: impl Into<String>) -> Self {
        self.otherwise = Some(text.into());
        self
    }

    /// Says what failed; `label` names the field. Where a known requirement came without a parameter that its
    /// English text needs, it is told in general words.
    pub fn message(&self, failed: &FailedPolicy, label: &str) -> String {
        if let Some(words) = self.own.get(failed.name()) {
            return words(label, failed);
        }
        if let Some(text) = &self.otherwise {
            return fill(text, label, failed).0;
        }
        match fill(failed.requirement().english(), label, failed) {
            (message, true) => message,
            (_, false) => fill(Requirement::Unknown.english(), label, failed).0,
        }
    }
}

/// Fills a text in, and says whether all its parameters were there.
fn fill(text: &str, label: &str, failed: &FailedPolicy) -> (String, bool) {
    let mut message = String::with_capacity(text.len() + label.len());
    let (mut rest, mut complete) = (text, true);
    while let Some((before, inside)) = rest.split_once('{') {
        let Some((name, after)) = inside.split_once('}') else { break };
        message.push_str(before);
        let part = match name.split_once(':') {
            None if name == "label" => Some(label.to_owned()),
            None => failed.params().get(name).map(shown),
            Some((name, word)) => failed.integer(name).map(|number| match number {
                1 => format!("1 {word}"),
                _ => format!("{number} {word}s"),
            }),
        };
        complete &= part.is_some();
        message.push_str(&part.unwrap_or_default());
        rest = after;
    }
    message.push_str(rest);
    (message, complete)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(" "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl fmt::Debug for PolicyMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyMessages")
            .field("own", &self.own.keys().collect::<Vec<_>>())
            .field("otherwise", &self.otherwise)
            .finish()
    }
}
