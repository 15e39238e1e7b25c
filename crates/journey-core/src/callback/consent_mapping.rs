//! `ConsentMappingCallback`.

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks whether the user's data may be shared with another system.
///
/// ```json
/// {"type": "ConsentMappingCallback", "output": [{"name": "name", "value": "managedUser_managedLead"},
///  {"name": "displayName", "value": "Share with sales"}, {"name": "icon", "value": ""},
///  {"name": "accessLevel", "value": "Actual Profile"}, {"name": "isRequired", "value": true},
///  {"name": "message", "value": "You consent to your data being shared"},
///  {"name": "fields", "value": ["mail", null]}], "input": [{"name": "IDToken1", "value": false}]}
/// ```
#[derive(Debug)]
pub struct ConsentMappingCallback {
    raw: RawCallback,
    display_name: String,
    message: String,
    fields: Vec<String>,
}

impl ConsentMappingCallback {
    /// Returns the mapping's name, which stays the same across languages.
    pub fn name(&self) -> String {
        self.raw.output_text("name").unwrap_or_default()
    }

    /// Returns the name to show.
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// Returns the icon's name or URL; often empty.
    pub fn icon(&self) -> String {
        self.raw.output_text("icon").unwrap_or_default()
    }

    /// Returns what the other system may see, in words.
    pub fn access_level(&self) -> String {
        self.raw.output_text("accessLevel").unwrap_or_default()
    }

    /// Tells whether the journey goes on only with consent.
    pub fn is_required(&self) -> bool {
        self.raw.output_bool("isRequired").unwrap_or_default()
    }

    /// Returns the text to show.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns which attributes are shared; what the server left empty is left out.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Tells whether consent is given now.
    pub fn is_accepted(&self) -> bool {
        self.raw.input(0).unwrap_or_default()
    }

    /// Gives consent.
    pub fn accept(&mut self) {
        self.raw.set_proven_input(0, &true);
    }

    /// Refuses consent.
    pub fn decline(&mut self) {
        self.raw.set_proven_input(0, &false);
    }
}

typed_callback!(ConsentMappingCallback, "ConsentMappingCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => {
        let mut fields = raw.output_texts("fields");
        fields.retain(|it| !it.is_empty());
        Ok(Self {
            display_name: raw.output_text("displayName").unwrap_or_default(),
            message: raw.output_text("message").unwrap_or_default(),
            fields,
            raw,
        })
    }
});
