//! A person at a terminal.

use std::io;

use journey_sdk::SecretString;

use crate::{output::printable, prompt::Prompter};

/// Asks on the terminal; Ctrl-C is an error of kind `Interrupted`.
#[derive(Debug)]
pub(crate) struct Terminal;

impl Prompter for Terminal {
    fn text(&mut self, prompt: &str, default: &str) -> io::Result<SecretString> {
        let mut input = cliclack::input(question(prompt, "Text")).required(false);
        if !default.is_empty() {
            input = input.default_input(&printable(default));
        }
        input.interact::<String>().map(SecretString::from)
    }

    fn secret(&mut self, prompt: &str) -> io::Result<SecretString> {
        let mut input = cliclack::password(question(prompt, "Password")).mask('*').allow_empty();
        input.interact().map(SecretString::from)
    }

    fn choice(
        &mut self,
        prompt: &str,
        options: &[String],
        default: Option<usize>,
    ) -> io::Result<usize> {
        let mut select = cliclack::select(question(prompt, "Choose"));
        for (place, option) in options.iter().enumerate() {
            select = select.item(place, printable(option), "");
        }
        if let Some(default) = default.filter(|it| *it < options.len()) {
            select = select.initial_value(default);
        }
        select.interact()
    }

    fn yes(&mut self, prompt: &str) -> io::Result<bool> {
        cliclack::confirm(question(prompt, "Go on?")).initial_value(false).interact()
    }

    fn again(&mut self, prompt: &str) -> io::Result<bool> {
        cliclack::confirm(prompt).initial_value(true).interact()
    }
}

/// Some callbacks come without a prompt.
fn question(prompt: &str, fallback: &str) -> String {
    let prompt = printable(prompt);
    if prompt.trim().is_empty() { fallback.to_owned() } else { prompt }
}
