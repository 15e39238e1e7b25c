//! AM's error object.

use std::{borrow::Cow, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// Carries AM's error answer: `{"code", "reason", "message", "detail"}`.
///
/// `Debug` and `Display` show code, reason and message, not the detail, which a node's script may fill
/// with anything. A text shows in one line and in short, and not at all when it quotes what was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerError {
    code: u16,
    reason: String,
    message: String,
    detail: Map<String, Value>,
    quotes_secrets: bool,
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
            quotes_secrets: false,
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
                quotes_secrets: false,
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

    /// Returns where AM would send a browser now; none when it is empty. Never follow it
    /// unchecked: see [`SplitUri::is_web_page`](crate::SplitUri::is_web_page).
    pub fn failure_url(&self) -> Option<&str> {
        self.detail.get("failureUrl")?.as_str().filter(|it| !it.is_empty())
    }
}

impl ServerError {
    /// Keeps the server's words out of `Display` and `Debug` if they quote one of these.
    pub(crate) fn hide_quotes(&mut self, secrets: &[SecretString]) {
        // What is shorter stands in many a sentence by chance.
        const RECOGNIZABLE: usize = 4;
        // Looked for in what would be shown too: a character that is taken out must not hide a secret.
        let said = [&self.reason, &self.message].map(|it| (it, plain(it).collect::<String>()));
        self.quotes_secrets |= secrets.iter().map(ExposeSecret::expose_secret).any(|secret| {
            let quoted =
                |(text, shown): &(&String, String)| text.contains(secret) || shown.contains(secret);
            secret.len() >= RECOGNIZABLE && said.iter().any(quoted)
        });
    }

    /// The reason and the message as they may be shown.
    fn shown(&self) -> [String; 2] {
        match self.quotes_secrets {
            true => [String::new(), String::new()],
            false => [&self.reason, &self.message].map(|it| in_a_line(it)),
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [reason, message] = self.shown();
        match (reason.as_str(), message.as_str()) {
            ("", "") => write!(f, "{}", self.code),
            ("", text) | (text, "") => write!(f, "{} {text}", self.code),
            (reason, message) => write!(f, "{} {reason}: {message}", self.code),
        }
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [reason, message] = self.shown();
        f.debug_struct("ServerError")
            .field("code", &self.code)
            .field("reason", &reason)
            .field("message", &message)
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

/// What an error shows of a server's text: enough to know it by, and nothing that begins a line of a
/// log or writes on a terminal.
pub(crate) fn in_a_line(text: &str) -> String {
    const LONGEST: usize = 200;
    plain(text).take(LONGEST).collect()
}

fn plain(text: &str) -> impl Iterator<Item = char> {
    let breaks = |it: char| it.is_control() || matches!(it, '\u{2028}' | '\u{2029}');
    let turns = |it: char| matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(move |it| !turns(*it)).map(move |it| if breaks(it) { ' ' } else { it })
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
    fn an_error_shows_a_servers_text_in_one_line_of_bounded_length() {
        let forged = "no\r\n2026-01-01 INFO all is well\u{1b}[2J\u{202e}\u{2028}";
        let long = "x".repeat(100_000);
        for text in [forged, &long] {
            let error = read(&json!({"code": 401, "reason": text, "message": text}), 401).unwrap();
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(shown.len() < 500, "{}", shown.len());
                let is_harmless = |it: char| !it.is_control() && !"\u{202e}\u{2028}".contains(it);
                assert!(shown.chars().all(is_harmless), "{shown:?}");
            }
            assert_eq!(error.message(), text, "the program still gets all of it");
        }
    }

    #[test]
    fn a_text_that_quotes_what_was_sent_is_left_out_of_what_is_shown() {
        let shown = |message: &str| {
            let body = json!({"code": 401, "reason": "Unauthorized", "message": message});
            let mut error = read(&body, 401).unwrap();
            error.hide_quotes(&["hunter2".into(), "no".into()]);
            assert_eq!(error.message(), message);
            format!("{error} {error:?}")
        };
        assert!(shown("no such user").contains("no such user"), "too short to be known by");
        for quoting in ["hunter2 is wrong", "hun\u{202e}ter2", "\u{1b}[2Jhunter2"] {
            let shown = shown(quoting);
            assert!(shown.starts_with("401 ") && !shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn other_json_is_no_error() {
        assert!(read(&json!({"code": "401"}), 401).is_none());
        assert!(read(&json!({"authId": "x"}), 200).is_none());
    }
}
