//! `ConfirmationCallback`.

use crate::callback::{InputError, RawCallback, typed::typed_callback};

/// The input's value that says "no button was pressed", beside a wait, a push or a passkey.
const NOT_PRESSED: i64 = 100;

/// Says which buttons a confirmation without own options means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfirmationKind {
    /// The options are listed (wire value -1).
    Options,
    /// Yes or no (wire value 0).
    YesNo,
    /// Yes, no or cancel (wire value 1).
    YesNoCancel,
    /// OK or cancel (wire value 2).
    OkCancel,
}

/// Asks for a button: listed options, or a usual set such as yes and no.
///
/// Beside a wait it is an exit that need not be pressed: left alone, it goes back as it came.
///
/// ```json
/// {"type": "ConfirmationCallback", "output": [{"name": "prompt", "value": ""},
///  {"name": "messageType", "value": 0}, {"name": "options", "value": ["Exit"]},
///  {"name": "optionType", "value": -1}, {"name": "defaultOption", "value": 0}],
///  "input": [{"name": "IDToken2", "value": 100}]}
/// ```
#[derive(Debug)]
pub struct ConfirmationCallback {
    raw: RawCallback,
    prompt: String,
    kind: ConfirmationKind,
    options: Vec<String>,
    default_option: Option<i64>,
}

impl ConfirmationCallback {
    /// Returns the text to show before the buttons; often empty.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Returns which set of buttons is meant.
    pub fn kind(&self) -> ConfirmationKind {
        self.kind
    }

    /// Returns the buttons' texts: those of the server, else the English ones of the usual set.
    pub fn options(&self) -> &[String] {
        &self.options
    }

    /// Returns the value that is meant by default.
    pub fn default_option(&self) -> Option<i64> {
        self.default_option
    }

    /// Returns true when this is an exit beside something else, and has not been pressed.
    pub fn is_unpressed_exit(&self) -> bool {
        self.raw.input(0) == Some(NOT_PRESSED)
    }

    /// Presses a button by its place among [`options`](Self::options), from 0.
    ///
    /// # Errors
    /// [`InputError`] when there is no such button.
    pub fn choose(&mut self, index: usize) -> Result<(), InputError> {
        if index >= self.options.len() {
            return Err(InputError::out_of_range(index, self.options.len()));
        }
        // The usual sets use the constants of Java's ConfirmationCallback: yes 0, no 1, cancel 2, ok 3.
        let value = match (self.kind, index) {
            (ConfirmationKind::OkCancel, 0) => 3,
            (ConfirmationKind::OkCancel, _) => 2,
            _ => index,
        };
        self.raw.set_input(0, &value)
    }

    /// Presses a button by its text.
    ///
    /// # Errors
    /// [`InputError`] when no button has this text.
    pub fn choose_text(&mut self, text: &str) -> Result<(), InputError> {
        let index = self.options.iter().position(|it| it == text);
        self.choose(index.ok_or_else(|| InputError::new("no button has this text"))?)
    }
}

typed_callback!(ConfirmationCallback, "ConfirmationCallback", |raw| {
    if raw.inputs() == 0 {
        return Err(raw);
    }
    let listed = raw.output_texts("options");
    let (kind, usual): (_, &[&str]) = match raw.output_integer("optionType") {
        _ if !listed.is_empty() => (ConfirmationKind::Options, &[]),
        Some(0) => (ConfirmationKind::YesNo, &["Yes", "No"]),
        Some(1) => (ConfirmationKind::YesNoCancel, &["Yes", "No", "Cancel"]),
        Some(2) => (ConfirmationKind::OkCancel, &["OK", "Cancel"]),
        _ => (ConfirmationKind::Options, &[]),
    };
    let usual = usual.iter().map(|it| (*it).to_owned());
    Ok(Self {
        prompt: raw.output_text("prompt").unwrap_or_default(),
        kind,
        options: if listed.is_empty() { usual.collect() } else { listed },
        default_option: raw.output_integer("defaultOption"),
        raw,
    })
});
