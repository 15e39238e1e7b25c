//! A step on its way through a store or another process.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use crate::{callback::Registry, error::Error, node::Step, state};

const HEAD: &str = "journey-step";

impl Step {
    /// Writes the step with the answers so far, so that another process can go on with it.
    ///
    /// Opaque, versioned, and a secret: it holds the authId and the answers.
    pub fn to_state(&self) -> SecretString {
        // An answer belongs where its callback came from, even if a caller has moved it.
        let answers: Vec<(usize, usize, &RawValue)> = self
            .callbacks
            .iter()
            .filter_map(|callback| {
                let raw = callback.raw();
                let place = self.places.iter().position(|it| raw.stands_at(&self.body, it))?;
                Some((place, raw))
            })
            .flat_map(|(place, raw)| {
                raw.new_inputs().filter_map(move |(input, text)| {
                    Some((place, input, serde_json::from_str(text).ok()?))
                })
            })
            .collect();
        state::write(HEAD, self.body.expose_secret(), &answers)
    }

    /// Reads what [`to_state`](Self::to_state) wrote, with the callbacks that are known here.
    ///
    /// # Errors
    /// [`Error`] of kind `StateCorrupt` when it can't be read, and `StateVersion` when another version of
    /// this crate wrote it in another form.
    pub fn from_state(state: &SecretString, registry: &Registry) -> Result<Self, Error> {
        let (text, rest) = state::split(HEAD, state)?;
        // No source: serde_json's messages may quote values.
        let answers: Vec<(usize, usize, &RawValue)> =
            serde_json::from_str(rest).map_err(|_| Error::state_corrupt())?;
        let body = Arc::new(SecretString::from(text));
        let mut step = Self::read(body, registry).ok_or_else(Error::state_corrupt)?;
        for (place, input, text) in answers {
            let callback = step.callbacks.get_mut(place).ok_or_else(Error::state_corrupt)?;
            callback.raw_mut().set_input(input, text).map_err(|_| Error::state_corrupt())?;
        }
        Ok(step)
    }
}
