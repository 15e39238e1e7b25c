//! Finding one callback among those of a step.

use crate::{
    callback::{Callback, HiddenValueCallback, TypedCallback},
    node::Step,
};

impl Step {
    /// Returns all callbacks of a type, in their order.
    pub fn callbacks_of<T: TypedCallback>(&self) -> impl Iterator<Item = &T> {
        self.callbacks.iter().filter_map(Callback::downcast_ref)
    }

    /// Returns the first callback with this prompt, without regard to case, or to a colon at the end.
    ///
    /// Journeys change, and use a `NameCallback` for a code or a language too: a prompt says more than a
    /// place or a type.
    pub fn callback_by_prompt(&self, prompt: &str) -> Option<&Callback> {
        let wanted = normal_prompt(prompt);
        self.callbacks.iter().find(|it| has_prompt(it, &wanted))
    }

    /// Returns the first callback with this prompt, to set inputs.
    pub fn callback_by_prompt_mut(&mut self, prompt: &str) -> Option<&mut Callback> {
        let wanted = normal_prompt(prompt);
        self.callbacks.iter_mut().find(|it| has_prompt(it, &wanted))
    }

    /// Returns the callback with this id: a hidden value's, or the name of an attribute of the user's.
    pub fn callback_by_id(&self, id: &str) -> Option<&Callback> {
        self.callbacks.iter().find(|it| it.id().as_deref() == Some(id))
    }

    /// Returns the callback with this id, to set inputs.
    pub fn callback_by_id_mut(&mut self, id: &str) -> Option<&mut Callback> {
        self.callbacks.iter_mut().find(|it| it.id().as_deref() == Some(id))
    }

    /// Returns the hidden value with this id, such as `webAuthnOutcome`, to set it.
    pub fn hidden_value_mut(&mut self, id: &str) -> Option<&mut HiddenValueCallback> {
        let hidden = self.callbacks.iter_mut().filter_map(Callback::downcast_mut);
        hidden.into_iter().find(|it: &&mut HiddenValueCallback| it.id() == Some(id))
    }
}

/// The form in which prompts compare: without case, white space around, and a colon at the end.
pub(crate) fn normal_prompt(prompt: &str) -> String {
    prompt.trim().trim_end_matches(':').trim_end().to_lowercase()
}

fn has_prompt(callback: &Callback, wanted: &str) -> bool {
    callback.prompt().is_some_and(|it| normal_prompt(&it) == wanted)
}
