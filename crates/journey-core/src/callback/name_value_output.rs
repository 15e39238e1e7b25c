//! `NameValueOutputCallback`.

use crate::callback::{RawCallback, typed::typed_callback};

/// Hands out named values, such as what a QR code holds; OpenAM only.
///
/// `Debug` shows none of them.
///
/// ```json
/// {"type": "NameValueOutputCallback", "output": [{"name": "text", "value": "otpauth://totp/bjensen?secret=ABC"}]}
/// ```
#[derive(Debug)]
pub struct NameValueOutputCallback {
    raw: RawCallback,
}

impl NameValueOutputCallback {
    /// Returns the names and values in their order.
    pub fn entries(&self) -> Vec<(String, String)> {
        let names = self.raw.output_names();
        names.map(|it| (it.to_owned(), self.raw.output_text(it).unwrap_or_default())).collect()
    }

    /// Returns the value of a name.
    pub fn value(&self, name: &str) -> Option<String> {
        self.raw.output_text(name)
    }
}

typed_callback!(NameValueOutputCallback, "NameValueOutputCallback", |raw| Ok(Self { raw }));
