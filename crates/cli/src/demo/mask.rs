//! What may be shown of a message: values of names that are known to be no secret, and all names.

use serde_json::Value;

/// Stands for a value that is not shown.
const HIDDEN: &str = "...";

/// Names whose values are shown. Everything else may be a secret.
const SHOWN: &[&str] = &[
    "_action",
    "_fields",
    "authIndexType",
    "authIndexValue",
    "client_id",
    "code_challenge_method",
    "cookieName",
    "email",
    "expires_in",
    "family_name",
    "given_name",
    "grant_type",
    "iss",
    "issuer",
    "message",
    "name",
    "realm",
    "reason",
    "redirect_uri",
    "response_type",
    "result",
    "scope",
    "status",
    "successUrl",
    "token_type",
    "token_type_hint",
    "username",
];

/// More keys than these, as in a discovery document, are only counted.
const MOST_KEYS: usize = 12;

/// Shows a form or a query.
pub(super) fn form(text: &[u8]) -> String {
    let fields = form_urlencoded::parse(text).map(|(name, value)| {
        let value = if SHOWN.contains(&&*name) { &*value } else { HIDDEN };
        format!("{name}={value}")
    });
    fields.collect::<Vec<_>>().join("&")
}

/// Shows where a redirect points to.
pub(super) fn location(text: &str) -> String {
    match text.split_once('?') {
        Some((place, query)) => format!("Location: {place}?{}", form(query.as_bytes())),
        None => format!("Location: {text}"),
    }
}

/// Shows a JSON text; what is no JSON is only counted.
pub(super) fn json(text: &[u8]) -> String {
    if text.is_empty() {
        return String::new();
    }
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) if object.len() > MOST_KEYS => {
            format!("{{{} keys}}", object.len())
        }
        Ok(Value::Object(object)) => {
            let fields =
                object.iter().map(|(name, value)| format!("{name}: {}", field(name, value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        _ => format!("{} bytes", text.len()),
    }
}

fn field(name: &str, value: &Value) -> String {
    match value {
        Value::Array(items) if name == "callbacks" => {
            let types = items.iter().map(|it| it["type"].as_str().unwrap_or("?"));
            format!("[{}]", types.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.len()),
        Value::Object(fields) => format!("{{{} keys}}", fields.len()),
        Value::String(text) if SHOWN.contains(&name) => text.clone(),
        Value::String(_) => HIDDEN.to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_show_their_values() {
        assert_eq!(
            form(b"grant_type=refresh_token&refresh_token=abc"),
            "grant_type=refresh_token&refresh_token=..."
        );
        assert_eq!(
            json(br#"{"tokenId": "AQIC", "realm": "/alpha", "callbacks": [{"type": "NameCallback", "input": "x"}]}"#),
            "{callbacks: [NameCallback], realm: /alpha, tokenId: ...}"
        );
        assert_eq!(
            location("app:/callback?code=abc&iss=i"),
            "Location: app:/callback?code=...&iss=i"
        );
    }

    #[test]
    fn what_is_no_json_is_only_counted() {
        assert_eq!(json(b"<html>secret</html>"), "19 bytes");
    }
}
