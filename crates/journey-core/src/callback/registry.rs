//! Which callbacks a journey knows beyond the built-in ones.

use std::{collections::HashMap, fmt};

use crate::callback::{Callback, RawCallback, TypedCallback};

type Make = fn(RawCallback) -> Result<Box<dyn TypedCallback>, RawCallback>;

/// Turns raw callbacks into typed ones, those of an integrator's own nodes included.
#[derive(Default)]
pub struct Registry(HashMap<&'static str, Make>);

impl Registry {
    /// Makes a registry of the built-in callbacks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a type; it wins over a built-in one of the same name.
    pub fn register<T: TypedCallback>(&mut self) {
        self.0.insert(T::type_name(), |raw| {
            T::from_raw(raw).map(|it| Box::new(it) as Box<dyn TypedCallback>)
        });
    }

    pub(crate) fn read(&self, raw: RawCallback) -> Callback {
        match self.0.get(raw.type_name()) {
            Some(make) => make(raw).map_or_else(Callback::Unknown, Callback::Custom),
            None => Callback::built_in(raw),
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registry").field(&self.0.keys().collect::<Vec<_>>()).finish()
    }
}
