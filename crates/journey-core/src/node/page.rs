//! What surrounds the callbacks of a step.

use serde_json::Value;

/// The texts of a page: what AM's Page node, or OpenAM's module, says beside the callbacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub(crate) header: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) info_text: Vec<String>,
}

impl Page {
    /// Returns the headline.
    pub fn header(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// Returns the text below the headline.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the stage as it came: a name the journey's author chose, or JSON in a text.
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }

    /// Returns the stage when it is JSON, as PingOne Advanced Identity Cloud writes it.
    pub fn stage_json(&self) -> Option<Value> {
        serde_json::from_str(self.stage()?).ok()
    }

    /// Returns the hint for the callback at `index`; OpenAM tells there what was wrong with a field.
    pub fn info_text(&self, index: usize) -> Option<&str> {
        self.info_text.get(index).map(String::as_str).filter(|it| !it.is_empty())
    }
}
