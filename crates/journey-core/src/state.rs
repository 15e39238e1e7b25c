//! The form that half-done journeys have outside this process.
//!
//! A line with what it is, the version and how long the text is; the text; then JSON. The text is the
//! server's own and stands as it came, so that nothing is escaped twice.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::{error::Error, secret_json};

const VERSION: u32 = 1;

/// Writes a state.
pub(crate) fn write(head: &str, text: &str, rest: &impl Serialize) -> SecretString {
    let line = format!("{head} {VERSION} {}\n", text.len());
    let written = secret_json::write(&[&line, text], rest);
    debug_assert!(written.is_ok(), "states hold nothing that JSON can't say");
    written.unwrap_or_else(|_| "".into())
}

/// Splits a state into its text and its JSON.
pub(crate) fn split<'a>(head: &str, state: &'a SecretString) -> Result<(&'a str, &'a str), Error> {
    let (line, rest) = state.expose_secret().split_once('\n').ok_or_else(Error::state_corrupt)?;
    let mut words = line.split(' ');
    if words.next() != Some(head) {
        return Err(Error::state_corrupt());
    }
    let mut number = || words.next().and_then(|it| it.parse::<usize>().ok());
    match number() {
        Some(version) if version == VERSION as usize => {}
        Some(_) => return Err(Error::state_version()),
        None => return Err(Error::state_corrupt()),
    }
    let length = number().ok_or_else(Error::state_corrupt)?;
    rest.split_at_checked(length).ok_or_else(Error::state_corrupt)
}
