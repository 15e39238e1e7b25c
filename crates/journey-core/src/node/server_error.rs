//! AM's error object.

use std::{borrow::Cow, fmt};

use serde_json::{Map, Value};

/// Carries AM's error answer: `{"code", "reason", "message", "detail"}`.
///
/// `Debug` and `Display` show code, reason and message, not the detail, which a node's script may fill
/// with anything.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerError {
    code: u16,
    reason: String,
    message: String,
    detail: Map<String, Value>,
}

impl ServerError {
    /// Reads an error object; none when it has neither a numeric code nor an old `errorMessage`.
    ///
    /// `status` stands in for a code that is missing (the form of resource version 1.x).
    pub fn from_json(body: &Map<String, Value>, status: u16) -> Option<Self> {
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(unescape);
        let code = body.get("code").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
        let old = text("errorMessage");
        if code.is_none() && old.is_none() {
            return None;
        }
        let mut detail = match body.get("detail") {
            Some(Value::Object(detail)) => detail.clone(),
            _ => Map::new(),
        };
        if let Some(url) = body.get("failureUrl") {
            detail.entry("failureUrl").or_insert_with(|| url.clone());
        }
        Some(Self {
            code: code.unwrap_or(status),
            reason: text("reason").unwrap_or_default().into_owned(),
            message: text("message").or(old).unwrap_or_default().into_owned(),
            detail,
        })
    }

    /// Reads an answer that is known to be an error, whatever it holds.
    pub(crate) fn from_any_json(body: &Map<String, Value>, status: u16) -> Self {
        Self::from_json(body, status).unwrap_or_else(|| {
            let reason = body.get("reason").and_then(Value::as_str).unwrap_or_default();
            Self {
                code: status,
                reason: unescape(reason).into_owned(),
                message: String::new(),
                detail: Map::new(),
            }
        })
    }

    /// Returns the code: the HTTP status AM meant, such as 401.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// Returns the reason: the status in words, such as `Unauthorized`.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the message for the user, in the language asked for.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns `detail` as it came: `failureUrl`, `errorCode`, and whatever the journey's nodes added.
    pub fn detail(&self) -> &Map<String, Value> {
        &self.detail
    }

    /// Returns AM's own error number as it came, such as `110` for a step that has expired.
    pub fn error_code(&self) -> Option<&str> {
        self.detail.get("errorCode")?.as_str()
    }

    /// Returns where AM would send a browser now; none when it is empty. Never follow it unchecked.
    pub fn failure_url(&self) -> Option<&str> {
        self.detail.get("failureUrl")?.as_str().filter(|it| !it.is_empty())
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.reason.as_str(), self.message.as_str()) {
            ("", "") => write!(f, "{}", self.code),
            ("", text) | (text, "") => write!(f, "{} {text}", self.code),
            (reason, message) => write!(f, "{} {reason}: {message}", self.code),
        }
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerError")
            .field("code", &self.code)
            .field("reason", &self.reason)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// AM escapes quotes and the like in its messages as if they went into a page (seen on OpenAM 16).
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let plain = text
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value, status: u16) -> Option<ServerError> {
        ServerError::from_json(body.as_object().unwrap(), status)
    }

    #[test]
    fn the_parts_of_an_error_are_read() {
        let error = read(
            &json!({"code": 401, "reason": "Unauthorized", "message": "Login failure",
                    "detail": {"failureUrl": "", "errorCode": "110", "attempts": 3}}),
            401,
        )
        .unwrap();
        assert_eq!(error.to_string(), "401 Unauthorized: Login failure");
        assert_eq!((error.error_code(), error.failure_url()), (Some("110"), None));
        assert_eq!(error.detail()["attempts"], 3);
    }

    #[test]
    fn the_old_form_has_the_status_as_its_code() {
        let error = read(&json!({"errorMessage": "Invalid Password!!", "failureUrl": "/no"}), 401);
        let error = error.unwrap();
        assert_eq!((error.code(), error.message()), (401, "Invalid Password!!"));
        assert_eq!(error.failure_url(), Some("/no"));
    }

    #[test]
    fn html_escapes_are_undone() {
        let body = json!({"code": 404, "reason": "Not Found", "message": "Realm &quot;/x&quot; &amp;lt; not found"});
        assert_eq!(read(&body, 404).unwrap().message(), "Realm \"/x\" &lt; not found");
    }

    #[test]
    fn other_json_is_no_error() {
        assert!(read(&json!({"code": "401"}), 401).is_none());
        assert!(read(&json!({"authId": "x"}), 200).is_none());
    }
}
