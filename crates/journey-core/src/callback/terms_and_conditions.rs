//! `TermsAndConditionsCallback`.

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks to accept terms and conditions.
///
/// ```json
/// {"type": "TermsAndConditionsCallback", "output": [{"name": "version", "value": "1.2"},
///  {"name": "terms", "value": "Be kind."}, {"name": "createDate", "value": "2026-01-31T12:00:00.000Z"}],
///  "input": [{"name": "IDToken1", "value": false}]}
/// ```
#[derive(Debug)]
pub struct TermsAndConditionsCallback {
    raw: RawCallback,
    version: String,
    terms: String,
    create_date: String,
}

impl TermsAndConditionsCallback {
    /// Returns the version of the terms.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the terms themselves.
    pub fn terms(&self) -> &str {
        &self.terms
    }

    /// Returns since when they have been in force, as AM writes it: `2026-01-31T12:00:00.000Z`.
    pub fn create_date(&self) -> &str {
        &self.create_date
    }

    /// Tells whether they are accepted now.
    pub fn is_accepted(&self) -> bool {
        self.raw.input(0).unwrap_or_default()
    }

    /// Accepts them.
    pub fn accept(&mut self) {
        self.raw.set_proven_input(0, &true);
    }

    /// Declines them.
    pub fn decline(&mut self) {
        self.raw.set_proven_input(0, &false);
    }
}

typed_callback!(TermsAndConditionsCallback, "TermsAndConditionsCallback", |raw| {
    match raw.inputs() {
        0 => Err(raw),
        _ => Ok(Self {
            version: raw.output_text("version").unwrap_or_default(),
            terms: raw.output_text("terms").unwrap_or_default(),
            create_date: raw.output_text("createDate").unwrap_or_default(),
            raw,
        }),
    }
});
