//! What a command says: results on standard output, everything else on standard error.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::exit::Failure;

/// Writes for a person, or one JSON object for a script.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Output {
    Text,
    Json,
}

impl Output {
    /// Chooses the form.
    pub(crate) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// Writes a command's result: the lines for a person, or the object for a script.
    pub(crate) fn result(self, lines: &[String], object: &Value) {
        match self {
            Self::Text => lines.iter().for_each(|it| print(&printable(it))),
            Self::Json => print(&object.to_string()),
        }
    }

    /// Writes one line of a text that goes on, such as the demo's; nothing for a script.
    #[cfg_attr(
        not(feature = "sim"),
        expect(dead_code, reason = "the demo and the simulator use it")
    )]
    pub(crate) fn line(self, line: &str) {
        if let Self::Text = self {
            print(&printable(line));
        }
    }

    /// Tells something on the way, to a person or a log.
    pub(crate) fn note(self, text: &str) {
        // Nothing is lost if nobody listens any more.
        let _ = writeln!(io::stderr(), "{}", printable(text));
    }

    /// Tells why a command failed.
    pub(crate) fn failure(self, failure: &Failure) {
        if let Self::Json = self {
            let mut error = json!({
                "code": failure.code(), "message": failure.to_string(), "exit": failure.exit() as u8,
            });
            if let Some(hint) = failure.hint() {
                error["hint"] = hint.into();
            }
            print(&json!({ "error": error }).to_string());
            return;
        }
        self.note(&format!("journey: {failure}"));
        if let Some(hint) = failure.hint() {
            self.note(&format!("  try: {hint}"));
        }
    }
}

/// Removes control characters: a server's text must not steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() || *it == '\n').collect()
}

fn print(line: &str) {
    // `journey token --raw | head -c 0` is no reason to fail.
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\u{7}\nc"), "a[2Jb\nc");
    }
}
