//! `/json/…/authenticate`: journeys.

mod auth_id;
pub(crate) mod cookies;
mod finish;
mod resume;
mod start;
mod step;

use http::Method;
use serde_json::{Value, json};

use crate::encoding::html_escaped;
use crate::sim::Am;
use crate::sim::call::Call;
use crate::sim::reply::{Reply, error_body};
use crate::sim::sessions;
use crate::sim::state::State;
use crate::sim::version::{Refused, negotiated};

/// A refusal of the end point.
pub(crate) struct Refusal {
    status: u16,
    message: String,
    /// `errorCode` in PingAM's `detail`.
    error_code: Option<&'static str>,
    detail: serde_json::Map<String, Value>,
    deletes_cookies: bool,
    /// OpenAM says nothing but the status.
    is_empty: bool,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            error_code: None,
            detail: serde_json::Map::new(),
            deletes_cookies: false,
            is_empty: false,
        }
    }

    pub(crate) fn code(mut self, error_code: &'static str) -> Self {
        self.error_code = Some(error_code);
        self
    }

    pub(crate) fn detail(mut self, detail: serde_json::Map<String, Value>) -> Self {
        self.detail = detail;
        self
    }

    /// A step that waited too long.
    ///
    /// OpenAM leaves the cookies alone here.
    pub(crate) fn expired(am: &Am) -> Self {
        Self { deletes_cookies: !am.profile().is_openam(), ..Self::over(am) }
    }

    /// A step of a journey that is over: the answer deletes the cookies of the account.
    pub(crate) fn over(am: &Am) -> Self {
        let status = if am.profile().is_openam() { 408 } else { 401 };
        let refusal = Self::new(status, "Session has timed out").code("110");
        Self { deletes_cookies: true, ..refusal }
    }

    /// OpenAM stumbles over an index that is out of range.
    pub(crate) fn out_of_range() -> Self {
        Self { is_empty: true, ..Self::new(500, "Index out of range") }
    }

    pub(crate) fn login_failed(am: &Am) -> Self {
        Self::new(401, am.profile().login_failed())
    }

    fn into_reply(self, am: &Am, call: &Call, version: (u32, u32)) -> Reply {
        if self.is_empty && am.profile().is_openam() {
            return Reply::empty(self.status).version(version);
        }
        let mut body = error_body(self.status, &self.message);
        if version.0 == 1 {
            // The old error form of resource=1.x.
            body = json!({ "errorMessage": html_escaped(&self.message) });
        } else if !am.profile().is_openam() {
            let mut detail = self.detail;
            if let Some(code) = self.error_code {
                detail.insert("errorCode".to_owned(), json!(code));
            } else if self.status == 401 {
                detail.entry("failureUrl").or_insert_with(|| json!(""));
            }
            if !detail.is_empty() {
                body["detail"] = Value::Object(detail);
            }
        }
        let reply = Reply::json(self.status, &body).version(version);
        match self.deletes_cookies {
            true => reply.cookies(cookies::deleted(am, call)),
            false => reply,
        }
    }
}

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    let version = match negotiated(call, am.profile().authenticate_versions()) {
        Ok(version) => version,
        Err(Refused::Unknown) => return Reply::empty(404),
        Err(Refused::Unreadable(header)) => return sessions::unreadable_version(&header),
    };
    if call.method != Method::POST {
        return Reply::error(405, "Method Not Allowed").version(version);
    }
    if !call.body.is_empty() && call.content_type() != "application/json" {
        return Reply::error(415, "Unsupported Media Type").version(version);
    }
    let body = match read_body(&call.body) {
        Ok(body) => body,
        Err(message) => return Reply::error(400, &message).version(version),
    };
    let result = match body.get("authId") {
        Some(auth_id) => resume::answer(am, state, call, realm, auth_id, &body),
        None => start::answer(am, state, call, realm, &body),
    };
    match result {
        Ok(reply) => reply
            .header(http::header::CACHE_CONTROL, "no-cache, no-store, must-revalidate")
            .version(version),
        Err(refusal) => refusal.into_reply(am, call, version),
    }
}

/// An empty body, `null` and an array start a journey like `{}`.
fn read_body(bytes: &[u8]) -> Result<Value, String> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        format!("Unexpected input: line: {}, column: {}", error.line(), error.column())
    })
}
