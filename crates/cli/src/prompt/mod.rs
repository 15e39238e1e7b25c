//! Who answers a journey's questions: a file first, then the person at the terminal.

mod answers;
mod ask;
mod fill;
mod terminal;

use std::io::{self, IsTerminal};

use journey_sdk::SecretString;

pub(crate) use answers::load as load_answers;
pub(crate) use fill::{asking_failed, fill};
use terminal::Terminal;

/// Asks a person. Ctrl-C is an error of kind `Interrupted`.
pub(crate) trait Prompter {
    /// Asks for a text that may be seen while it is typed.
    fn text(&mut self, prompt: &str, default: &str) -> io::Result<SecretString>;

    /// Asks for a text that must not be seen.
    fn secret(&mut self, prompt: &str) -> io::Result<SecretString>;

    /// Asks for one of several things, by place from 0.
    fn choice(
        &mut self,
        prompt: &str,
        options: &[String],
        default: Option<usize>,
    ) -> io::Result<usize>;

    /// Asks for yes or no; no unless told.
    fn yes(&mut self, prompt: &str) -> io::Result<bool>;

    /// Asks whether to try once more; yes unless told.
    fn again(&mut self, prompt: &str) -> io::Result<bool>;
}

/// Finds the person at the terminal; none in a pipe, a service or a build.
pub(crate) fn prompter() -> Option<Box<dyn Prompter>> {
    let is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
    is_there.then(|| Box::new(Terminal) as Box<dyn Prompter>)
}
