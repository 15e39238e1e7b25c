//! Why an input could not be set.

use std::{error::Error as StdError, fmt};

/// Says why a value does not fit an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError(String);

impl InputError {
    /// Makes an error; the message holds nothing of the value.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub(crate) fn no_input() -> Self {
        Self::new("the callback has no such input")
    }

    pub(crate) fn not_json() -> Self {
        Self::new("the value can't be written as JSON")
    }

    pub(crate) fn out_of_range(index: usize, count: usize) -> Self {
        Self::new(format!("there is no choice {index}: the callback offers {count}, from 0"))
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for InputError {}
