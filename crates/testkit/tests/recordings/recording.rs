//! Reads the recordings.

use std::path::Path;

use serde_json::Value;

/// One case: questions and answers in their order.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    pub(crate) case: String,
    pub(crate) steps: Vec<Step>,
}

/// A question and what the real server answered.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) note: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) asked_headers: Vec<(String, String)>,
    /// An object is JSON or a form, by content type; a text is sent as it is.
    pub(crate) asked: Value,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Recording {
    /// All of them, by name.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/openam-16");
        let mut paths: Vec<_> =
            folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        // The device must be enrolled before it is used.
        paths.sort_by_key(|path| !path.ends_with("totp-first-time.json"));
        paths.iter().map(|path| Self::read(&std::fs::read_to_string(path).unwrap())).collect()
    }

    fn read(text: &str) -> Self {
        let json: Value = serde_json::from_str(text).unwrap();
        let steps = json["steps"].as_array().unwrap();
        Self { case: text_of(&json["case"]), steps: steps.iter().map(Step::read).collect() }
    }
}

impl Step {
    fn read(json: &Value) -> Self {
        let (request, response) = (&json["request"], &json["response"]);
        let asked_headers = request["headers"].as_object().unwrap();
        Self {
            note: text_of(&json["note"]),
            method: text_of(&request["method"]),
            path: text_of(&request["path"]),
            asked_headers: asked_headers.iter().map(|(k, v)| (k.clone(), text_of(v))).collect(),
            asked: request["body"].clone(),
            status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
            headers: response["headers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (text_of(&pair[0]), text_of(&pair[1])))
                .collect(),
            body: response["body"].clone(),
        }
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
