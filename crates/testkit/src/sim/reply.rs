//! The shapes of AM's answers.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, LOCATION, SET_COOKIE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::encoding::html_escaped;

/// An answer under construction.
#[derive(Debug)]
pub(crate) struct Reply(Box<Response<Bytes>>);

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self::with_body(status, None, Bytes::new())
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::with_body(
            status,
            Some("application/json;charset=UTF-8"),
            Bytes::from(body.to_string()),
        )
    }

    /// `{code, reason, message}`, the message escaped as AM does it.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self::json(status, &error_body(status, message))
    }

    /// OAuth 2.0's own error form.
    pub(crate) fn oauth_error(status: u16, error: &str, description: &str) -> Self {
        let body = json!({ "error_description": description, "error": error });
        Self::with_body(status, Some("application/json"), Bytes::from(body.to_string()))
    }

    pub(crate) fn html(status: u16, body: String) -> Self {
        Self::with_body(status, Some("text/html;charset=UTF-8"), Bytes::from(body))
    }

    pub(crate) fn text(status: u16, body: String) -> Self {
        Self::with_body(status, None, Bytes::from(body))
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::empty(status).header(LOCATION, location)
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers_mut().append(name, value);
        }
        self
    }

    pub(crate) fn cookies(self, cookies: impl IntoIterator<Item = String>) -> Self {
        cookies.into_iter().fold(self, |reply, cookie| reply.header(SET_COOKIE, &cookie))
    }

    pub(crate) fn no_store(self) -> Self {
        self.header(CACHE_CONTROL, "no-store")
    }

    pub(crate) fn version(self, version: (u32, u32)) -> Self {
        let value = format!("resource={}.{}", version.0, version.1);
        self.header(HeaderName::from_static("content-api-version"), &value)
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        *self.0
    }

    fn with_body(status: u16, content_type: Option<&'static str>, body: Bytes) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        if let Some(content_type) = content_type {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Self(Box::new(response))
    }
}

pub(crate) fn error_body(status: u16, message: &str) -> Value {
    json!({ "code": status, "reason": reason(status), "message": html_escaped(message) })
}

/// The reason phrases of AM, which are those of Restlet: 408 is "Request Time-out".
fn reason(status: u16) -> &'static str {
    match status {
        408 => "Request Time-out",
        _ => StatusCode::from_u16(status)
            .ok()
            .and_then(|it| it.canonical_reason())
            .unwrap_or("Unknown"),
    }
}
