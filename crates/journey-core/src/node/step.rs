//! A step: what AM asks, and the answers so far.

use std::{fmt, ops::Range, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{
    callback::{
        Callback, Edit, RawCallback, Registry, TypedCallback,
        wire::{self, Elements, Entries},
    },
    error::Error,
    node::{
        Page,
        recovery::{asks_for_code, holds_code},
    },
};

/// Holds what AM asks and the answers given so far.
///
/// The server's text is kept once, as it came, and goes back as it came but for the inputs that were
/// set. It holds the authId, so it is wiped when the step goes and never shown.
pub struct Step {
    pub(super) body: Arc<SecretString>,
    pub(super) places: Vec<Range<usize>>,
    pub(super) callbacks: Vec<Callback>,
    page: Page,
    has_auth_id: bool,
}

impl Step {
    /// Reads a step from an answer's text; none when it has no list of callbacks.
    pub(crate) fn read(body: Arc<SecretString>, registry: &Registry) -> Option<Self> {
        let text = body.expose_secret();
        let entries = Entries::read(text)?;
        let elements = Elements::read(entries.get("callbacks")?.get())?;
        let places: Vec<_> = elements.0.into_iter().map(|it| wire::place(text, it.get())).collect();
        let owned = |key| entries.text(key).map(|it| it.into_owned()).filter(|it| !it.is_empty());
        let page = Page {
            header: owned("header"),
            description: owned("description"),
            stage: owned("stage"),
            info_text: info_text(&entries),
        };
        let has_auth_id = entries.text("authId").is_some_and(|it| !it.is_empty());
        let callbacks = places
            .iter()
            .map(|range| registry.read(RawCallback::read(&body, range.clone())))
            .collect();
        Some(Self { callbacks, places, page, has_auth_id, body })
    }

    /// Returns the callbacks in their order.
    pub fn callbacks(&self) -> &[Callback] {
        &self.callbacks
    }

    /// Returns the callbacks in their order, to set inputs. They can't be added, dropped or moved: AM
    /// matches them by place.
    pub fn callbacks_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Callback> {
        self.callbacks.iter_mut()
    }

    /// Returns the first callback of a type.
    pub fn callback<T: TypedCallback>(&self) -> Option<&T> {
        self.callbacks.iter().find_map(Callback::downcast_ref)
    }

    /// Returns the first callback of a type, to set inputs.
    pub fn callback_mut<T: TypedCallback>(&mut self) -> Option<&mut T> {
        self.callbacks.iter_mut().find_map(Callback::downcast_mut)
    }

    /// Returns what surrounds the callbacks.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// Returns the headline.
    pub fn header(&self) -> Option<&str> {
        self.page.header()
    }

    /// Returns the text below the headline.
    pub fn description(&self) -> Option<&str> {
        self.page.description()
    }

    /// Returns the stage as it came.
    pub fn stage(&self) -> Option<&str> {
        self.page.stage()
    }

    /// Tells whether the step can be answered. One without authId can't: AM would take the answer for a
    /// new journey. A journey that waits for an e-mail link is such a step.
    pub fn is_answerable(&self) -> bool {
        self.has_auth_id
    }

    /// Returns what goes with the answer and must not be shown: the authId, and each text that was set, but
    /// for names of users. (A `NameCallback` may ask for a code as well.) See [`ErrorNode::hide_quotes`](crate::ErrorNode::hide_quotes).
    ///
    /// ```
    /// use http::Response;
    /// use journey_core::{Outcome, PasswordCallback, Server, Start};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let start = Start::new(Server::new("https://am.example.com/am")?, "alpha".parse()?);
    /// let body = r#"{"authId":"eyJ..","callbacks":[{"type":"PasswordCallback","output":[],
    ///     "input":[{"name":"IDToken1","value":""}]}]}"#;
    /// if let Outcome::Continue(mut step) = start.read(&Response::new(body))? {
    ///     assert_eq!(step.secrets().len(), 1);
    ///     step.callback_mut::<PasswordCallback>().unwrap().set_password("hunter2");
    ///     assert_eq!(step.secrets().len(), 2);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn secrets(&self) -> Vec<SecretString> {
        let is_name = |it: &&Callback| match it.type_name() {
            "ValidatedCreateUsernameCallback" => true,
            "NameCallback" => !asks_for_code(it) && !holds_code(it),
            _ => false,
        };
        let entries = Entries::read(self.body.expose_secret());
        let auth_id = entries.as_ref().and_then(|it| it.text("authId"));
        let set = self.callbacks.iter().filter(|it| !is_name(it)).map(Callback::raw);
        let set = set.flat_map(RawCallback::new_inputs);
        let set = set.filter_map(|(_, json)| serde_json::from_str(json).map(Zeroizing::new).ok());
        let set = set.map(|it: Zeroizing<String>| SecretString::from(it.as_str()));
        auth_id.map(|it| SecretString::from(&*it)).into_iter().chain(set).collect()
    }

    /// Writes the answer: the server's text, with the inputs that were set.
    pub(crate) fn answer(&self) -> Result<SecretString, Error> {
        if !self.has_auth_id {
            return Err(Error::misuse("the step has no authId, so it can't be answered"));
        }
        let moved = self.callbacks.iter().zip(&self.places);
        if moved.into_iter().any(|(it, range)| !it.raw().stands_at(&self.body, range)) {
            return Err(Error::misuse("a callback was moved to another place or step"));
        }
        let text = self.body.expose_secret();
        // Measured first, so that no half-written copy with a password in it is left in memory.
        let mut length = text.len();
        self.edits(|it| {
            length += it.before.len() + it.new.len() + it.after.len();
            length -= it.range.len();
        });
        let mut answer = String::with_capacity(length);
        let mut done = 0;
        self.edits(|it| {
            answer.push_str(&text[done..it.range.start]);
            answer.extend([it.before, it.new, it.after]);
            done = it.range.end;
        });
        answer.push_str(&text[done..]);
        Ok(answer.into())
    }

    /// Calls `edit` with every place the answer changes. Callbacks and inputs come in the text's order,
    /// because both were found by walking it.
    fn edits(&self, mut edit: impl FnMut(Edit<'_>)) {
        for callback in &self.callbacks {
            callback.raw().edits(&mut edit);
        }
    }
}

/// OpenAM sends one text per callback; a single text stands for the first.
fn info_text(entries: &Entries<'_>) -> Vec<String> {
    let Some(value) = entries.get("infoText") else { return Vec::new() };
    if let Some(text) = wire::text(value) {
        return vec![text.into_owned()];
    }
    let elements = Elements::read(value.get()).map(|it| it.0).unwrap_or_default();
    elements.into_iter().map(|it| wire::text(it).unwrap_or_default().into_owned()).collect()
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("callbacks", &self.callbacks)
            .field("page", &self.page)
            .field("answerable", &self.has_auth_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes nothing but what is wiped and has no `Debug` of its content.
    fn secret(it: &SecretString) -> &str {
        it.expose_secret()
    }

    #[test]
    fn the_auth_id_is_kept_once_and_in_a_secret() {
        let text = r#"{"authId":"eyJ.sentinel","header":"Hi","callbacks":[{"type":"NameCallback","input":[{"value":""}]},{}]}"#;
        let step = Step::read(Arc::new(text.into()), &Registry::new()).unwrap();
        // Every field is named, so that a new one is thought of here.
        let Step { body, places: _, callbacks, page, has_auth_id: _ } = &step;
        assert!(secret(body).contains("sentinel"));
        assert!(callbacks.iter().zip(&step.places).all(|(it, at)| it.raw().stands_at(body, at)));
        assert!(!format!("{page:?}{callbacks:?}").contains("sentinel"));
        assert_eq!(secret(&step.answer().unwrap()), text);
    }

    #[test]
    fn a_code_in_a_name_callback_is_a_secret_and_a_name_is_none() {
        let asks = |prompt: &str| {
            let output = format!(r#"[{{"name":"prompt","value":"{prompt}"}}]"#);
            format!(r#"{{"type":"NameCallback","output":{output},"input":[{{"value":""}}]}}"#)
        };
        let callbacks = ["User Name", "Recovery code", "Next"].map(asks).join(",");
        let text = format!(r#"{{"authId":"eyJ","callbacks":[{callbacks}]}}"#);
        let mut step = Step::read(Arc::new(text.into()), &Registry::new()).unwrap();
        for (callback, answer) in step.callbacks_mut().zip(["demo", "abc-DEF", "123 456"]) {
            callback.raw_mut().set_input(0, answer).unwrap();
        }
        let secrets = step.secrets();
        assert_eq!(secrets.iter().map(secret).collect::<Vec<_>>(), ["eyJ", "abc-DEF", "123 456"]);
    }
}
