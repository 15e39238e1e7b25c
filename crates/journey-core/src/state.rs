//! The form that half-done journeys have outside this process.
//!
//! A line with what it is, the version and how long the text is; the text; then JSON. The text is the
//! server's own and stands as it came, so that nothing is escaped twice.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::error::Error;

const VERSION: u32 = 1;

/// Writes a state.
pub(crate) fn write(head: &str, text: &str, rest: &impl Serialize) -> SecretString {
    // Measured first, so that no half-written copy with a secret in it is left in memory.
    let mut length = Length(0);
    let counted = serde_json::to_writer(&mut length, rest);
    debug_assert!(counted.is_ok(), "states hold nothing that JSON can't say");
    let line = format!("{head} {VERSION} {}\n", text.len());
    let mut bytes = Vec::with_capacity(line.len() + text.len() + length.0);
    bytes.extend_from_slice(line.as_bytes());
    bytes.extend_from_slice(text.as_bytes());
    let written = serde_json::to_writer(&mut bytes, rest);
    debug_assert!(written.is_ok(), "states hold nothing that JSON can't say");
    String::from_utf8(bytes).unwrap_or_default().into()
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

struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
