//! The ways in which a secret may be written.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::encoding::{component, html_escaped};

/// A secret, written in one way.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    /// Hexadecimal digits come in both cases.
    any_case: bool,
}

impl Form {
    pub(crate) fn is_in(&self, text: &str) -> bool {
        match self.any_case {
            true => text.to_ascii_lowercase().contains(&self.text.to_ascii_lowercase()),
            false => text.contains(&self.text),
        }
    }
}

pub(crate) fn forms_of(secret: &str) -> Vec<Form> {
    let form = |name, text: String| Form { name, text, any_case: false };
    let hex = |name, text: String| Form { name, text, any_case: true };
    let json = serde_json::Value::from(secret).to_string();
    let mut bytes = format!("{:?}", secret.as_bytes());
    // Without the brackets, so that it is found inside of a longer list.
    bytes = bytes.trim_matches(['[', ']']).to_owned();
    let mut digits = String::new();
    for byte in secret.bytes() {
        let _ = write!(digits, "{byte:02x}");
    }
    let mut forms = vec![
        form("plain", secret.to_owned()),
        form("escaped", json.trim_matches('"').to_owned()),
        form("escaped", secret.escape_debug().to_string()),
        form("escaped", secret.escape_default().to_string()),
        hex("percent", component(secret)),
        hex("form", form_urlencoded::byte_serialize(secret.as_bytes()).collect()),
        form("html", html_escaped(secret)),
        form("bytes", bytes),
        hex("hex", digits),
    ];
    for before in 0..3 {
        forms.push(form("base64", inside(&STANDARD_NO_PAD, secret, before)));
        forms.push(form("base64", inside(&URL_SAFE_NO_PAD, secret, before)));
    }
    forms
}

/// The characters of base64 that depend on the secret alone, when so many bytes (modulo three) stand
/// before it.
fn inside(engine: &impl Engine, secret: &str, before: usize) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(secret.as_bytes());
    let encoded = engine.encode(&bytes);
    let start = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    encoded.get(start..end).unwrap_or_default().to_owned()
}
