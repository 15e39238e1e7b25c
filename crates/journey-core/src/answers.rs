//! Answers known before the journey starts.

use std::fmt;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    callback::{Callback, InputError},
    node::{Step, in_a_line, normal_prompt},
    responder::{Responder, Unanswered},
};

/// Answers a journey's steps from a table: by prompt, by id, or by callback type.
///
/// The prompt wins over the id, the id over the type. Prompts compare without case and without a colon
/// at the end. What shows a text, or waits, needs no answer; what asks and has none ends the run. Whether a callback
/// of an unknown type, or of one of your own, asks for something is not known: without an answer it goes back as it
/// came, and an answer by its type ([`of_type`](Self::of_type)) goes into its first input.
///
/// `Debug` shows how many answers there are.
///
/// ```
/// use journey_core::Answers;
///
/// let answers = Answers::new().name("bjensen").password("Passw0rd1").prompt("One-time code", "123456");
/// assert!(!format!("{answers:?}").contains("Passw0rd1"));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Answers {
    by_prompt: Vec<(String, SecretString)>,
    by_id: Vec<(String, SecretString)>,
    by_type: Vec<(String, SecretString)>,
}

impl Answers {
    /// Makes an empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers every `NameCallback` without a more exact answer.
    pub fn name(self, name: impl Into<SecretString>) -> Self {
        self.of_type("NameCallback", name)
    }

    /// Answers every `PasswordCallback` without a more exact answer.
    pub fn password(self, password: impl Into<SecretString>) -> Self {
        self.of_type("PasswordCallback", password)
    }

    /// Answers what has this prompt.
    pub fn prompt(mut self, prompt: impl Into<String>, answer: impl Into<SecretString>) -> Self {
        self.by_prompt.push((normal_prompt(&prompt.into()), answer.into()));
        self
    }

    /// Answers what has this id: a hidden value, or an attribute of the user's by its name.
    pub fn id(mut self, id: impl Into<String>, answer: impl Into<SecretString>) -> Self {
        self.by_id.push((id.into(), answer.into()));
        self
    }

    /// Answers what is of this type on the wire.
    pub fn of_type(mut self, name: impl Into<String>, answer: impl Into<SecretString>) -> Self {
        self.by_type.push((name.into(), answer.into()));
        self
    }

    /// Sets the callback's input if there is an answer; says whether there was one.
    ///
    /// Choices and buttons are answered by their text, or by their place from 0; providers by their name;
    /// what is true or false by `yes`, `true`, `no` or `false`; numbers by their digits; a language by its
    /// tag (`de-CH`). For a security question the answer is the answer to the first question of the list.
    ///
    /// # Errors
    /// [`InputError`] when the answer does not fit.
    pub fn fill(&self, callback: &mut Callback) -> Result<bool, InputError> {
        let Some(answer) = self.find(callback) else { return Ok(false) };
        let text = answer.expose_secret();
        match callback {
            Callback::Choice(it) => match place(text, it.choices()) {
                Some(place) => it.choose(place)?,
                None => it.choose_text(text)?,
            },
            Callback::Confirmation(it) => match place(text, it.options()) {
                Some(place) => it.choose(place)?,
                None => it.choose_text(text)?,
            },
            Callback::SelectIdP(it) => it.choose(text)?,
            Callback::BooleanAttributeInput(it) => it.set_value(yes_or_no(text)?),
            Callback::NumberAttributeInput(it) => {
                let number = text.trim().parse();
                it.set_value(number.map_err(|_| InputError::new("the answer is not a number"))?)?;
            }
            Callback::TermsAndConditions(it) => match yes_or_no(text)? {
                true => it.accept(),
                false => it.decline(),
            },
            Callback::ConsentMapping(it) => match yes_or_no(text)? {
                true => it.accept(),
                false => it.decline(),
            },
            Callback::KbaCreate(it) => {
                if it.question().is_none_or(|it| it.is_empty()) {
                    let first = it.questions().first().cloned();
                    let none = || InputError::new("the server has no question to choose");
                    it.set_question(&first.ok_or_else(none)?)?;
                }
                it.set_answer(answer.clone());
            }
            Callback::Language(it) => {
                let (language, country) = text.split_once(['-', '_']).unwrap_or((text, ""));
                it.set_language(language, country)?;
            }
            other => other.raw_mut().set_input(0, text)?,
        }
        Ok(true)
    }

    fn find(&self, callback: &Callback) -> Option<&SecretString> {
        let prompt = callback.prompt().map(|it| normal_prompt(&it));
        let id = callback.id();
        let by_prompt = self.by_prompt.iter().find(|(key, _)| Some(key) == prompt.as_ref());
        let by_id = || self.by_id.iter().find(|(key, _)| Some(key) == id.as_ref());
        let by_type = || self.by_type.iter().find(|(key, _)| key == callback.type_name());
        by_prompt.or_else(by_id).or_else(by_type).map(|(_, answer)| answer)
    }
}

#[async_trait]
impl Responder for Answers {
    async fn respond(&self, step: &mut Step) -> Result<(), Unanswered> {
        for callback in step.callbacks_mut() {
            let filled = self.fill(callback).map_err(|source| {
                let name = in_a_line(callback.type_name());
                Unanswered::new(format!("the answer for {name} does not fit")).with_source(source)
            })?;
            if !filled && needs_answer(callback) {
                return Err(Unanswered::callback(callback));
            }
        }
        Ok(())
    }
}

/// Tells whether going on without an answer makes no sense.
fn needs_answer(callback: &Callback) -> bool {
    match callback {
        Callback::TextOutput(_)
        | Callback::SuspendedTextOutput(_)
        | Callback::NameValueOutput(_)
        | Callback::PollingWait(_)
        | Callback::Metadata(_) => false,
        Callback::Confirmation(it) => !it.is_unpressed_exit(),
        Callback::BooleanAttributeInput(it) => it.is_required(),
        Callback::NumberAttributeInput(it) => it.is_required() && it.value().is_none(),
        Callback::StringAttributeInput(it) => it.is_required() && it.value().is_empty(),
        Callback::ConsentMapping(it) => it.is_required(),
        // Untouched, these say that all went well, or that nothing is asked.
        Callback::PingOneProtectInitialize(_) => false,
        Callback::Language(it) => it.takes_answer(),
        // An unknown callback may well be fine as it is.
        Callback::Unknown(_) | Callback::Custom(_) => false,
        _ => true,
    }
}

fn yes_or_no(answer: &str) -> Result<bool, InputError> {
    match answer.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(InputError::new("the answer is neither yes nor no")),
    }
}

fn place(answer: &str, texts: &[String]) -> Option<usize> {
    let by_text = texts.iter().position(|it| it == answer);
    by_text.or_else(|| answer.parse().ok())
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.by_prompt.len() + self.by_id.len() + self.by_type.len();
        f.debug_struct("Answers").field("count", &count).finish_non_exhaustive()
    }
}
