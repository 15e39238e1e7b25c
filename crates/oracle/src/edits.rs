//! Changes to a text, for what no value can say: names that stand twice, numbers that are none.

use std::{fmt, sync::Arc};

/// Changes that are made one after the other.
#[derive(Clone, Default)]
pub struct Edits(Vec<Arc<dyn Fn(String) -> String + Send + Sync>>);

impl Edits {
    pub(crate) fn push(&mut self, edit: impl Fn(String) -> String + Send + Sync + 'static) {
        self.0.push(Arc::new(edit));
    }

    pub(crate) fn apply(&self, text: String) -> String {
        self.0.iter().fold(text, |text, edit| edit(text))
    }
}

impl fmt::Debug for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} edits", self.0.len())
    }
}
