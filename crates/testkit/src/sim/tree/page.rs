//! One page of a tree: callbacks, texts around them, and what follows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::sim::tree::{Asked, CallbackSpec};

/// What follows a page.
///
/// ```
/// use journey_testkit::sim::{Next, Page};
///
/// let twice = Page::new().text_input("Say it again", "").decide(|answers| {
///     if answers.round() == 0 { Next::Again } else { Next::Proceed }
/// });
/// assert_eq!(twice.callbacks(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// The next page, or success after the last.
    Proceed,
    /// The same page again.
    Again,
    /// The page with this number, counted from 0.
    Page(usize),
    /// Success.
    Succeed,
    /// The login has failed.
    Fail,
}

/// What the user answered on a page, for a page's own rule.
#[derive(Clone)]
pub struct Answers {
    pub(crate) username: Option<String>,
    pub(crate) given: Vec<Asked>,
    pub(crate) round: u32,
}

impl Answers {
    /// Returns the name of the user, once it is known.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// Returns the text given to the callback at `position`, counted from 0. What was added with
    /// [`Page::callback`] answers in [`json`](Self::json) alone.
    pub fn text(&self, position: usize) -> Option<&str> {
        match self.given.get(position)? {
            Asked::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number or index given to the callback at `position`, counted from 0.
    pub fn number(&self, position: usize) -> Option<i64> {
        match self.given.get(position)? {
            Asked::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the `input` array that came back for a callback of another type.
    pub fn json(&self, position: usize) -> Option<&Value> {
        match self.given.get(position)? {
            Asked::Json(json) => Some(json),
            _ => None,
        }
    }

    /// Returns how often this page has been answered before in this journey.
    pub fn round(&self) -> u32 {
        self.round
    }
}

/// Leaves out what was answered.
impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("count", &self.given.len()).finish_non_exhaustive()
    }
}

type Rule = Arc<dyn Fn(&Answers) -> Next + Send + Sync>;

/// A page of callbacks.
///
/// ```
/// use journey_testkit::sim::{Next, Page};
///
/// let page = Page::new()
///     .header("Which way?")
///     .choice("Second factor", ["e-mail", "none"], 0)
///     .decide(|answers| if answers.number(0) == Some(1) { Next::Succeed } else { Next::Proceed });
/// assert_eq!(page.callbacks(), 1);
/// ```
#[derive(Clone, Default)]
pub struct Page {
    pub(crate) stage: Option<String>,
    pub(crate) header: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) module: Option<String>,
    pub(crate) extra: BTreeMap<String, Value>,
    pub(crate) info_text: Option<Vec<String>>,
    pub(crate) callbacks: Vec<CallbackSpec>,
    pub(crate) rule: Option<Rule>,
    pub(crate) condition: Option<Condition>,
}

/// When a page is asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    WithDevice,
    WithoutDevice,
}

impl Page {
    /// Makes an empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the page that asks for name and password.
    pub fn credentials() -> Self {
        Self::new().module("DataStore").name("User Name:").password("Password:")
    }

    /// Returns how many callbacks the page has.
    pub fn callbacks(&self) -> usize {
        self.callbacks.len()
    }

    /// Sets the stage.
    #[must_use]
    pub fn stage(mut self, stage: impl Into<String>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// Sets the header.
    #[must_use]
    pub fn header(mut self, header: impl Into<String>) -> Self {
        self.header = Some(header.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Names the authentication module that asks, for OpenAM's chains.
    #[must_use]
    pub fn module(mut self, module: impl Into<String>) -> Self {
        self.module = Some(module.into());
        self
    }

    /// Sets OpenAM's `infoText`: one text for each callback.
    #[must_use]
    pub fn info_text<S: Into<String>>(mut self, texts: impl IntoIterator<Item = S>) -> Self {
        self.info_text = Some(texts.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a key of your own to the page.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: Value) -> Self {
        self.extra.insert(name.into(), value);
        self
    }

    /// Asks for the user's name.
    #[must_use]
    pub fn name(self, prompt: impl Into<String>) -> Self {
        self.with(CallbackSpec::Name { prompt: prompt.into() })
    }

    /// Asks for the user's password, and checks it.
    #[must_use]
    pub fn password(self, prompt: impl Into<String>) -> Self {
        self.with(CallbackSpec::Password { prompt: prompt.into() })
    }

    /// Asks for a one-time password, and checks that it is `code`.
    #[must_use]
    pub fn one_time_password(self, prompt: impl Into<String>, code: impl Into<String>) -> Self {
        self.with(CallbackSpec::OneTimePassword { prompt: prompt.into(), code: code.into() })
    }

    /// Asks for a text.
    #[must_use]
    pub fn text_input(self, prompt: impl Into<String>, default: impl Into<String>) -> Self {
        self.with(CallbackSpec::TextInput { prompt: prompt.into(), default: default.into() })
    }

    /// Shows a text.
    #[must_use]
    pub fn text_output(self, message: impl Into<String>) -> Self {
        self.with(CallbackSpec::TextOutput { message: message.into(), kind: 0 })
    }

    /// Carries a script, in a text output of type 4.
    #[must_use]
    pub fn script(self, script: impl Into<String>) -> Self {
        self.with(CallbackSpec::TextOutput { message: script.into(), kind: 4 })
    }

    /// Asks to choose one of several.
    #[must_use]
    pub fn choice<S: Into<String>>(
        self,
        prompt: impl Into<String>,
        choices: impl IntoIterator<Item = S>,
        default: usize,
    ) -> Self {
        let choices = choices.into_iter().map(Into::into).collect();
        self.with(CallbackSpec::Choice { prompt: prompt.into(), choices, default })
    }

    /// Asks to press one of several buttons.
    #[must_use]
    pub fn confirmation<S: Into<String>>(
        self,
        prompt: impl Into<String>,
        options: impl IntoIterator<Item = S>,
        default: usize,
    ) -> Self {
        let options = options.into_iter().map(Into::into).collect();
        self.with(CallbackSpec::Confirmation { prompt: prompt.into(), options, default })
    }

    /// Asks for a value that no user sees.
    #[must_use]
    pub fn hidden_value(self, id: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(CallbackSpec::Hidden { id: id.into(), value: value.into() })
    }

    /// Lets the client wait `milliseconds` and ask again; after `rounds` answers it goes on.
    #[must_use]
    pub fn polling_wait(self, milliseconds: u64, rounds: u32, message: impl Into<String>) -> Self {
        self.with(CallbackSpec::Polling { wait: milliseconds, rounds, message: message.into() })
    }

    /// Adds a callback of any type as the JSON that is sent.
    ///
    /// What comes back must have the same type and the same number of inputs.
    #[must_use]
    pub fn callback(self, json: Value) -> Self {
        self.with(CallbackSpec::Other(json))
    }

    /// Sets what follows, once passwords and codes on the page were right.
    ///
    /// The rule runs inside of the server: it must not call the [`Am`](crate::sim::Am) it belongs to.
    #[must_use]
    pub fn decide(mut self, rule: impl Fn(&Answers) -> Next + Send + Sync + 'static) -> Self {
        self.rule = Some(Arc::new(rule));
        self
    }

    /// Carries the secret of a new authenticator app.
    pub(crate) fn totp_script(self, issuer: impl Into<String>) -> Self {
        self.with(CallbackSpec::TotpScript { issuer: issuer.into() })
    }

    /// Asks for the code of an authenticator app, three times at most.
    pub(crate) fn totp_code(self, prompt: &str) -> Self {
        self.with(CallbackSpec::TotpCode { prompt: prompt.to_owned(), tries: 3 })
    }

    /// Asks the page only of those whom it is for.
    pub(crate) fn only(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Ends the tree after this page, wherever it stands.
    pub(crate) fn last(self) -> Self {
        match self.rule {
            Some(_) => self,
            None => self.decide(|_| Next::Succeed),
        }
    }

    fn with(mut self, callback: CallbackSpec) -> Self {
        self.callbacks.push(callback);
        self
    }
}

/// Leaves out codes and values.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types: Vec<&str> = self.callbacks.iter().map(CallbackSpec::type_name).collect();
        f.debug_struct("Page")
            .field("stage", &self.stage)
            .field("callbacks", &types)
            .finish_non_exhaustive()
    }
}
