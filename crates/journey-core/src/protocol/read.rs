//! What an answer to a journey's request means.

use std::{str, sync::Arc};

use http::{Response, StatusCode, header};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{
    error::Error,
    node::{ErrorNode, Outcome, ServerError, Step, Success},
    protocol::Start,
    session::Session,
};

impl Start {
    /// Reads an answer.
    ///
    /// | answer | outcome |
    /// |---|---|
    /// | 2xx with a list of callbacks | [`Outcome::Continue`] |
    /// | 2xx without, with a token or what else a success has | [`Outcome::Success`] |
    /// | 4xx with JSON, or 2xx with JSON whose `code` is one | [`Outcome::Error`] |
    /// | 5xx, 429, 3xx, or no JSON | [`Error`] |
    ///
    /// # Errors
    /// [`Error`] when AM could not be understood, or something before it answered. What AM refused is no
    /// error here but an [`Outcome::Error`].
    pub fn read(&self, response: &Response<impl AsRef<[u8]>>) -> Result<Outcome, Error> {
        let mut read = self.read_plainly(response);
        match &mut read {
            Ok(Outcome::Error(refused)) => refused.hide_quotes(&self.secrets()),
            Err(error) => error.hide_quotes(&self.secrets()),
            Ok(_) => {}
        }
        read
    }

    /// What goes with requests whatever the step is.
    fn secrets(&self) -> Vec<SecretString> {
        let password = self.credentials.as_ref().map(|it| it.password.clone());
        let session = self.upgrade.as_ref().map(|it| it.value().clone());
        password.into_iter().chain(session).collect()
    }

    fn read_plainly(&self, response: &Response<impl AsRef<[u8]>>) -> Result<Outcome, Error> {
        let status = response.status();
        let text = str::from_utf8(response.body().as_ref()).ok();
        // A step is kept as the text it is: most of it is never looked at, so it is not parsed into values.
        if let Some(text) = text.filter(|_| status.is_success())
            && let Some(step) = Step::read(Arc::new(text.into()), &self.registry)
        {
            return Ok(Outcome::Continue(step));
        }
        let answer = text.and_then(object);
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let server = answer.and_then(|it| ServerError::from_json(&it, status.as_u16()));
            return Err(Error::server_failed(status, server));
        }
        if !status.is_success() && !status.is_client_error() {
            return Err(Error::server_failed(status, None));
        }
        let Some(answer) = answer else { return Err(not_json(response)) };
        if status.is_client_error() {
            return Ok(refusal(status, &answer));
        }
        self.read_end(response, answer)
    }

    /// Reads an answer that asks nothing more.
    fn read_end(
        &self,
        response: &Response<impl AsRef<[u8]>>,
        mut answer: Map<String, Value>,
    ) -> Result<Outcome, Error> {
        let status = response.status();
        let token = match answer.remove("tokenId") {
            Some(Value::String(token)) if !token.is_empty() => Some(SecretString::from(token)),
            _ => None,
        };
        // A journey's nodes may add a key `code` to a success; a refusal has no token.
        let code = answer.get("code").and_then(Value::as_u64).unwrap_or_default();
        if token.is_none() && code >= 500 {
            let server = ServerError::from_json(&answer, status.as_u16());
            return Err(Error::server_failed(status, server));
        }
        if token.is_none() && code >= 400 {
            return Ok(refusal(status, &answer));
        }
        let token = match token {
            None if self.no_session => None,
            // A server that keeps its cookie from scripts may keep the token out of the body too.
            None => self.session_set_by(response),
            token => token,
        };
        if token.is_none() && !answer.contains_key("successUrl") && !answer.contains_key("realm") {
            return Err(Error::unreadable(
                status,
                "the answer has neither callbacks nor what a success has",
            ));
        }
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let realm = text("realm").and_then(|it| it.parse().ok());
        let realm = realm.unwrap_or_else(|| self.realm.clone());
        let session = token.map(|it| Session::new(it, text("successUrl"), realm));
        Ok(Outcome::Success(Success::new(session, answer)))
    }

    /// Finds the session in the cookies that this very answer sets.
    fn session_set_by(&self, response: &Response<impl AsRef<[u8]>>) -> Option<SecretString> {
        let name = self.server.cookie_name()?;
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        cookies.filter_map(|it| it.to_str().ok()).find_map(|cookie| {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (key, value) = pair.trim().split_once('=')?;
            let value = value.trim_matches('"');
            let kept = key == name && !matches!(value, "" | "LOGOUT") && !is_deletion(attributes);
            kept.then(|| value.into())
        })
    }
}

/// Tells whether a cookie's attributes say that it ends at once. AM dates its deletions to 1970.
fn is_deletion(attributes: &str) -> bool {
    attributes.split(';').filter_map(|it| it.trim().split_once('=')).any(|(key, value)| {
        key.eq_ignore_ascii_case("max-age") && value.trim().parse::<i64>().is_ok_and(|it| it <= 0)
            || key.eq_ignore_ascii_case("expires") && value.contains("1970")
    })
}

fn object(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

fn refusal(status: StatusCode, answer: &Map<String, Value>) -> Outcome {
    let status = status.as_u16();
    Outcome::Error(ErrorNode::new(status, ServerError::from_any_json(answer, status)))
}

fn not_json(response: &Response<impl AsRef<[u8]>>) -> Error {
    let status = response.status();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|it| it.to_str().ok()).unwrap_or("no content type");
    let content_type: String = content_type.chars().take(100).collect();
    let length = response.body().as_ref().len();
    Error::unreadable(
        status,
        format!(
            "the server answered {status} with {length} bytes of {content_type}, not with JSON"
        ),
    )
}
