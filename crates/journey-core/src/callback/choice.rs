//! `ChoiceCallback`.

use crate::callback::{InputError, RawCallback, typed::typed_callback};

/// Asks to choose one of several things.
///
/// ```json
/// {"type": "ChoiceCallback", "output": [{"name": "prompt", "value": "Second factor"},
///  {"name": "choices", "value": ["Push", "Code"]}, {"name": "defaultChoice", "value": 0}],
///  "input": [{"name": "IDToken1", "value": 0}]}
/// ```
#[derive(Debug)]
pub struct ChoiceCallback {
    raw: RawCallback,
    prompt: String,
    choices: Vec<String>,
    default_choice: Option<usize>,
}

impl ChoiceCallback {
    /// Returns the text to show before the choices.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Returns the choices in their order.
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    /// Returns the place of the choice that is meant by default.
    pub fn default_choice(&self) -> Option<usize> {
        self.default_choice
    }

    /// Returns the place chosen now, the server's own until one is set.
    pub fn chosen(&self) -> Option<usize> {
        self.raw.input(0)
    }

    /// Chooses by place, from 0.
    ///
    /// # Errors
    /// [`InputError`] when there is no such choice; AM would answer it with a bare 500.
    pub fn choose(&mut self, index: usize) -> Result<(), InputError> {
        if index >= self.choices.len() {
            return Err(InputError::out_of_range(index, self.choices.len()));
        }
        self.raw.set_input(0, &index)
    }

    /// Chooses by text.
    ///
    /// # Errors
    /// [`InputError`] when no choice has this text.
    pub fn choose_text(&mut self, text: &str) -> Result<(), InputError> {
        let index = self.choices.iter().position(|it| it == text);
        self.choose(index.ok_or_else(|| InputError::new("no choice has this text"))?)
    }
}

typed_callback!(ChoiceCallback, "ChoiceCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => Ok(Self {
        prompt: raw.output_text("prompt").unwrap_or_default(),
        choices: raw.output_texts("choices"),
        default_choice: raw.output_integer("defaultChoice").and_then(|it| it.try_into().ok()),
        raw,
    }),
});
