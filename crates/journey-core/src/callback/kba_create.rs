//! `KbaCreateCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{InputError, RawCallback, typed::typed_callback};

/// Asks for a security question and its answer; a step has one for each question that is needed.
///
/// ```json
/// {"type": "KbaCreateCallback", "output": [{"name": "prompt", "value": "Security questions"},
///  {"name": "predefinedQuestions", "value": ["What was your first pet's name?"]},
///  {"name": "allowUserDefinedQuestions", "value": true}],
///  "input": [{"name": "IDToken1question", "value": ""}, {"name": "IDToken1answer", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct KbaCreateCallback {
    raw: RawCallback,
    prompt: String,
    questions: Vec<String>,
    question: usize,
    answer: usize,
}

impl KbaCreateCallback {
    /// Returns the text to show above.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Returns the questions to choose from.
    pub fn questions(&self) -> &[String] {
        &self.questions
    }

    /// Tells whether the user may write an own question. Servers that don't say so let it happen.
    pub fn allows_own_question(&self) -> bool {
        self.raw.output_bool("allowUserDefinedQuestions").unwrap_or(true)
    }

    /// Returns the question as it is now.
    pub fn question(&self) -> Option<String> {
        self.raw.input(self.question)
    }

    /// Sets the question: one of the list, or an own one where that is allowed.
    ///
    /// # Errors
    /// [`InputError`] when it is not on the list and own questions are not allowed.
    pub fn set_question(&mut self, question: &str) -> Result<(), InputError> {
        if !self.allows_own_question() && !self.questions.iter().any(|it| it == question) {
            return Err(InputError::new("the server allows only the questions of its list"));
        }
        self.raw.set_input(self.question, question)
    }

    /// Sets the answer. It is kept in memory that is wiped, and never given out again.
    pub fn set_answer(&mut self, answer: impl Into<SecretString>) {
        let answer = answer.into();
        self.raw.set_proven_input(self.answer, answer.expose_secret());
    }
}

typed_callback!(KbaCreateCallback, "KbaCreateCallback", |raw| {
    let inputs = (raw.find_input(&["question"], 0), raw.find_input(&["answer"], 1));
    let (Some(question), Some(answer)) = inputs else { return Err(raw) };
    Ok(Self {
        prompt: raw.output_text("prompt").unwrap_or_default(),
        questions: raw.output_texts("predefinedQuestions"),
        question,
        answer,
        raw,
    })
});
