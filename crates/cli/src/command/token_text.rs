//! What can be said of an access token without the token.

use std::time::SystemTime;

use journey_sdk::AccessToken;
use serde_json::{Value, json};

/// Returns the lines for a person.
pub(crate) fn lines(token: &AccessToken) -> Vec<String> {
    let left = match seconds_left(token) {
        None => "the server does not say how long it lasts".to_owned(),
        Some(left) => format!("ends in {} min {} s", left / 60, left % 60),
    };
    let mut lines = vec![
        format!("access token  {}, {left}", token.token_type()),
        format!("scopes        {}", token.scopes().join(" ")),
    ];
    if let Some(subject) = token.id_claims().get("sub").and_then(Value::as_str) {
        lines.push(format!("subject       {subject}"));
    }
    if !token.is_durable() {
        lines.push("stored        no: the store refuses".to_owned());
    }
    lines
}

/// Returns the object for a script.
pub(crate) fn object(token: &AccessToken) -> Value {
    let expires_at =
        token.expires_at().and_then(|it| it.duration_since(SystemTime::UNIX_EPOCH).ok());
    json!({
        "token_type": token.token_type(),
        "expires_at": expires_at.map(|it| it.as_secs()),
        "expires_in": seconds_left(token),
        "scopes": token.scopes(),
        "id_claims": token.id_claims(),
        "stored": token.is_durable(),
    })
}

fn seconds_left(token: &AccessToken) -> Option<u64> {
    let left = token.expires_at()?.duration_since(SystemTime::now());
    Some(left.map_or(0, |it| it.as_secs()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_token_itself_is_not_told() {
        let token = AccessToken::builder("eyJ-secret")
            .expires_at(SystemTime::now() + Duration::from_secs(3600))
            .scopes(["openid", "profile"])
            .build();
        let text = format!("{:?} {}", lines(&token), object(&token));
        assert!(text.contains("openid profile"), "{text}");
        assert!(!text.contains("eyJ-secret"), "{text}");
    }
}
