//! `RedirectCallback`.

use serde_json::{Map, Value};

use crate::callback::{RawCallback, typed::typed_callback};

/// Sends the user to another place, such as a social provider, from where a browser comes back.
///
/// Keep the step: it is answered together with what the browser brings, see `Resume`.
///
/// ```json
/// {"type": "RedirectCallback", "output": [{"name": "redirectUrl", "value":
///  "https://idp.example.com/authorize?client_id=1&state=abc"}, {"name": "redirectMethod", "value": "GET"},
///  {"name": "trackingCookie", "value": true}]}
/// ```
#[derive(Debug)]
pub struct RedirectCallback {
    raw: RawCallback,
    method: RedirectMethod,
}

/// Says how the browser is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedirectMethod {
    /// By opening the URL.
    Get,
    /// By posting [`RedirectCallback::data`] as a form.
    Post,
}

impl RedirectCallback {
    /// Returns where to send the user. Its query may hold what binds the answer to this step, so `Debug`
    /// does not show it.
    pub fn redirect_url(&self) -> String {
        self.raw.output_text("redirectUrl").unwrap_or_default()
    }

    /// Returns how.
    pub fn method(&self) -> RedirectMethod {
        self.method
    }

    /// Returns the fields of the form to post; empty for [`RedirectMethod::Get`].
    pub fn data(&self) -> Map<String, Value> {
        self.raw.output("redirectData").unwrap_or_default()
    }

    /// Tells whether AM expects the browser to come back to the page that kept this step.
    pub fn has_tracking_cookie(&self) -> bool {
        self.raw.output_bool("trackingCookie").unwrap_or_default()
    }
}

typed_callback!(RedirectCallback, "RedirectCallback", |raw| {
    if raw.output_text("redirectUrl").is_none_or(|it| it.is_empty()) {
        return Err(raw);
    }
    let method = raw.output_text("redirectMethod").unwrap_or_default();
    let post = method.eq_ignore_ascii_case("POST");
    Ok(Self { method: if post { RedirectMethod::Post } else { RedirectMethod::Get }, raw })
});
