//! `LanguageCallback`.

use crate::callback::{InputError, RawCallback, typed::typed_callback};

/// Asks for the user's language. It may come without inputs, and then takes no answer.
///
/// ```json
/// {"type": "LanguageCallback", "input": [{"name": "IDToken1Language", "value": ""},
///  {"name": "IDToken1Country", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct LanguageCallback {
    raw: RawCallback,
}

impl LanguageCallback {
    /// Sets the language and the country, such as `de` and `CH`; the country may be empty.
    ///
    /// # Errors
    /// [`InputError`] when the callback came without these inputs.
    pub fn set_language(&mut self, language: &str, country: &str) -> Result<(), InputError> {
        let inputs = (self.raw.find_input(&["Language"], 0), self.raw.find_input(&["Country"], 1));
        let (Some(first), Some(second)) = inputs else { return Err(InputError::no_input()) };
        self.raw.set_input(first, language)?;
        self.raw.set_input(second, country)
    }

    /// Tells whether there is something to answer.
    pub fn takes_answer(&self) -> bool {
        self.raw.inputs() > 0
    }
}

typed_callback!(LanguageCallback, "LanguageCallback", |raw| Ok(Self { raw }));
