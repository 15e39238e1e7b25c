//! A callback as it came, and the only place where an input's new value lives.

use std::{fmt, ops::Range, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    callback::{
        error::InputError,
        wire::{self, Elements, Entries},
    },
    secret_json,
};

/// Holds one callback as the server sent it, with the inputs that were set since.
///
/// It is what a typed callback stands on, and all there is of a callback of a type nobody knows. The
/// server's text is never changed: an answer repeats it byte for byte, but for the inputs that were set.
///
/// `Debug` shows the type and how many inputs there are, nothing of their values.
pub struct RawCallback {
    /// The whole step; it holds the authId, so it is wiped when the last owner goes.
    body: Arc<SecretString>,
    range: Range<usize>,
    type_name: Box<str>,
    outputs: Vec<(Box<str>, Range<usize>)>,
    inputs: Vec<Input>,
}

struct Input {
    suffix: Box<str>,
    place: Place,
    new: Option<SecretString>,
}

/// Where an input's value stands, or goes.
enum Place {
    Value(Range<usize>),
    /// The input has no `value`: it goes right behind the brace at this offset, and `more` says that
    /// other keys follow.
    Missing {
        at: usize,
        more: bool,
    },
}

impl RawCallback {
    /// Reads the callback that stands at `range` of a step's text. What it can't read it leaves out: the
    /// callback still goes back as it came.
    pub(crate) fn read(body: &Arc<SecretString>, range: Range<usize>) -> Self {
        let whole = body.expose_secret();
        let mut raw = Self {
            body: Arc::clone(body),
            range,
            type_name: "".into(),
            outputs: Vec::new(),
            inputs: Vec::new(),
        };
        let Some(entries) = Entries::read(&whole[raw.range.clone()]) else { return raw };
        raw.type_name = entries.text("type").unwrap_or_default().into();
        let entries_of = |key| {
            let list = entries.get(key).and_then(|it| Elements::read(it.get()));
            list.map(|it| it.0).unwrap_or_default()
        };
        for output in entries_of("output").into_iter().filter_map(|it| Entries::read(it.get())) {
            if let (Some(name), Some(value)) = (output.text("name"), output.get("value")) {
                raw.outputs.push((name.into(), wire::place(whole, value.get())));
            }
        }
        for input in entries_of("input") {
            let Some(entries) = Entries::read(input.get()) else { continue };
            let name = entries.text("name").unwrap_or_default();
            let place = match entries.get("value") {
                Some(value) => Place::Value(wire::place(whole, value.get())),
                None => Place::Missing {
                    at: wire::place(whole, input.get()).start + 1,
                    more: !entries.0.is_empty(),
                },
            };
            raw.inputs.push(Input { suffix: suffix(&name).into(), place, new: None });
        }
        raw
    }

    /// Returns the type as the server wrote it, such as `NameCallback`; empty when it wrote none.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Returns the callback's JSON as the server sent it, without the inputs set since.
    pub fn as_sent(&self) -> &str {
        &self.body.expose_secret()[self.range.clone()]
    }

    /// Returns an output; none when it is missing or of another type.
    pub fn output<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.output_json(name)?).ok()
    }

    /// Returns an output's text. Numbers and booleans are written out; AM sends some of them either way.
    pub fn output_text(&self, name: &str) -> Option<String> {
        scalar_text(self.output(name)?)
    }

    /// Returns an output that is a whole number, or a text that holds one.
    pub fn output_integer(&self, name: &str) -> Option<i64> {
        match self.output(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Returns an output that is a boolean, or a text that says one.
    pub fn output_bool(&self, name: &str) -> Option<bool> {
        match self.output(name)? {
            Value::Bool(value) => Some(value),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Returns an output that is a list of texts; what is no text is empty, so that places stay right.
    pub fn output_texts(&self, name: &str) -> Vec<String> {
        let list: Vec<Value> = self.output(name).unwrap_or_default();
        list.into_iter().map(|it| scalar_text(it).unwrap_or_default()).collect()
    }

    /// Returns the names of the outputs in their order.
    pub fn output_names(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|(name, _)| &**name)
    }

    /// Returns an output that counts seconds, else the usual number of them.
    pub(crate) fn output_seconds(&self, name: &str, usual: u64) -> Duration {
        let seconds = self.output_integer(name).and_then(|it| it.try_into().ok());
        Duration::from_secs(seconds.unwrap_or(usual))
    }

    /// Returns how many inputs there are.
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// Finds an input by what its name ends in, behind `IDToken` and the number; `""` is the plain one.
    pub fn input_named(&self, suffix: &str) -> Option<usize> {
        self.inputs.iter().position(|it| &*it.suffix == suffix)
    }

    /// Finds an input by one of its suffixes, else by its place if it has a plain name: recorded servers
    /// leave suffixes out.
    pub(crate) fn find_input(&self, suffixes: &[&str], place: usize) -> Option<usize> {
        let named = suffixes.iter().find_map(|it| self.input_named(it));
        named.or_else(|| self.inputs.get(place).filter(|it| it.suffix.is_empty()).map(|_| place))
    }

    /// Returns an input's value: the one set, else the one the server sent.
    pub fn input<T: DeserializeOwned>(&self, index: usize) -> Option<T> {
        serde_json::from_str(self.input_json(index)?).ok()
    }

    /// Returns true when an input has been set here.
    pub fn is_set(&self, index: usize) -> bool {
        self.inputs.get(index).is_some_and(|it| it.new.is_some())
    }

    /// Sets an input's value.
    ///
    /// # Errors
    /// [`InputError`] when there is no such input, or the value can't be written as JSON.
    pub fn set_input(
        &mut self,
        index: usize,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), InputError> {
        let input = self.inputs.get_mut(index).ok_or_else(InputError::no_input)?;
        input.new = Some(secret_json::write(&[], value).map_err(|_| InputError::not_json())?);
        Ok(())
    }

    /// Sets an input that `from_raw` has seen, to a value that is always fit for JSON.
    pub(crate) fn set_proven_input(&mut self, index: usize, value: &(impl Serialize + ?Sized)) {
        let set = self.set_input(index, value);
        debug_assert!(set.is_ok(), "from_raw has seen the input");
    }

    /// Forgets what was set, so that the server's own value goes back.
    pub fn clear_input(&mut self, index: usize) {
        if let Some(input) = self.inputs.get_mut(index) {
            input.new = None;
        }
    }

    /// Tells whether this is the callback that stands at `range` of `body`.
    pub(crate) fn stands_at(&self, body: &Arc<SecretString>, range: &Range<usize>) -> bool {
        Arc::ptr_eq(&self.body, body) && self.range == *range
    }

    /// Calls `edit` with each place of the step's text that the answer changes, from left to right.
    pub(crate) fn edits(&self, mut edit: impl FnMut(Edit<'_>)) {
        let mut places: Vec<_> = self
            .inputs
            .iter()
            .filter_map(|it| {
                let new = it.new.as_ref()?.expose_secret();
                Some(match &it.place {
                    Place::Value(range) => {
                        Edit { range: range.clone(), before: "", new, after: "" }
                    }
                    Place::Missing { at, more } => Edit {
                        range: *at..*at,
                        before: "\"value\":",
                        new,
                        after: if *more { "," } else { "" },
                    },
                })
            })
            .collect();
        places.sort_by_key(|it| it.range.start);
        places.into_iter().for_each(&mut edit);
    }

    /// Returns the inputs that were set, with their JSON texts.
    pub(crate) fn new_inputs(&self) -> impl Iterator<Item = (usize, &str)> {
        let inputs = self.inputs.iter().enumerate();
        inputs.filter_map(|(index, it)| Some((index, it.new.as_ref()?.expose_secret())))
    }

    /// Sets an input to a JSON text that came out of [`new_inputs`](Self::new_inputs).
    pub(crate) fn restore_input(&mut self, index: usize, text: SecretString) {
        if let Some(input) = self.inputs.get_mut(index) {
            input.new = Some(text);
        }
    }

    /// Returns an output's text as it stands.
    pub(crate) fn output_json(&self, name: &str) -> Option<&str> {
        let (_, range) = self.outputs.iter().rev().find(|(it, _)| &**it == name)?;
        Some(&self.body.expose_secret()[range.clone()])
    }

    fn input_json(&self, index: usize) -> Option<&str> {
        let input = self.inputs.get(index)?;
        match (&input.new, &input.place) {
            (Some(new), _) => Some(new.expose_secret()),
            (None, Place::Value(range)) => Some(&self.body.expose_secret()[range.clone()]),
            (None, Place::Missing { .. }) => None,
        }
    }
}

/// One change to a step's text on its way back.
pub(crate) struct Edit<'a> {
    pub(crate) range: Range<usize>,
    pub(crate) before: &'static str,
    pub(crate) new: &'a str,
    pub(crate) after: &'static str,
}

impl fmt::Debug for RawCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawCallback")
            .field("type", &self.type_name)
            .field("inputs", &self.inputs.len())
            .finish_non_exhaustive()
    }
}

/// What stands behind `IDToken` and its number: names can't be trusted further (seen in recorded traffic).
fn suffix(name: &str) -> &str {
    let rest = name.strip_prefix("IDToken").unwrap_or(name);
    rest.trim_start_matches(|it: char| it.is_ascii_digit())
}

fn scalar_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inputs_new_value_is_a_secret_apart_from_the_text() {
        let text = r#"{"type":"PasswordCallback","input":[{"name":"IDToken1","value":""}]}"#;
        let mut raw = RawCallback::read(&Arc::new(text.into()), 0..text.len());
        raw.set_input(0, "sentinel").unwrap();
        let Input { suffix: _, place: _, new } = &raw.inputs[0];
        let new: &SecretString = new.as_ref().unwrap();
        assert_eq!(new.expose_secret(), "\"sentinel\"");
        assert_eq!(raw.as_sent(), text);
        assert!(!format!("{raw:?}").contains("sentinel"));
    }
}
