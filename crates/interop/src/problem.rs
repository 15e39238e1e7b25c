//! What went wrong, in words for a terminal.

use std::{error::Error as StdError, fmt};

/// A failure of the test bench: what was being done, and why it could not be.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut source = self.source.as_ref().map(|it| &**it as &(dyn StdError + 'static));
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl StdError for Problem {}

/// Says what was being done when something failed.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl Into<String>) -> Result<T, Problem>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl Into<String>) -> Result<T, Problem> {
        self.map_err(|error| Problem { message: what.into(), source: Some(error.into()) })
    }
}
