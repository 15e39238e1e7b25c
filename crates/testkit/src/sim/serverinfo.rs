//! `/json/serverinfo`: what a client may know before anybody signs in.

use http::header::CACHE_CONTROL;
use serde_json::{Map, Value, json};

use crate::sim::Am;
use crate::sim::call::Call;
use crate::sim::reply::Reply;
use crate::sim::sessions;
use crate::sim::state::State;
use crate::sim::version::{Refused, negotiated};

const VERSIONS: &[(u32, u32)] = &[(1, 1)];

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str, what: &str) -> Reply {
    let version = match negotiated(call, VERSIONS) {
        Ok(version) => version,
        Err(Refused::Unknown) => return Reply::error(404, &format!("Resource '{what}' not found")),
        Err(Refused::Unreadable(header)) => return sessions::unreadable_version(&header),
    };
    if call.method != http::Method::GET {
        return Reply::error(405, "Method Not Allowed");
    }
    match what {
        "*" => Reply::json(200, &selected(about(am, call, realm), call.query("_fields")))
            .header(CACHE_CONTROL, "no-cache")
            .version(version),
        "version" if sessions::caller(am, state, call).is_none() => {
            Reply::error(403, "No session for request.").header(CACHE_CONTROL, "no-cache")
        }
        "version" => {
            let body = json!({ "_id": "version", "version": "8.0.1", "fullVersion": "Simulated" });
            Reply::json(200, &body).version(version)
        }
        _ => Reply::error(404, &format!("Resource '{what}' not found")).version(version),
    }
}

fn about(am: &Am, call: &Call, realm: &str) -> Value {
    let config = am.config();
    let domains = match config.cookie_domains.as_slice() {
        [] if am.profile().is_openam() => json!([call.host()]),
        // PingAM without a cookie domain says so with a null.
        [] => json!([null]),
        domains => json!(domains),
    };
    let mut body = json!({
        "domains": domains,
        "protectedUserAttributes": [],
        "cookieName": config.cookie_name,
        "secureCookie": call.is_secure() && !am.profile().is_openam(),
        "forgotPassword": "false",
        "forgotUsername": "false",
        "kbaEnabled": "false",
        "selfRegistration": "false",
        "lang": "en-US",
        "successfulUserRegistrationDestination": "default",
        "socialImplementations": [],
        "referralsEnabled": "false",
        "zeroPageLogin":
            { "enabled": false, "refererWhitelist": [], "allowedWithoutReferer": true },
        "realm": realm,
        "xuiUserSessionValidationEnabled": true,
    });
    if am.profile().is_openam() {
        body["cookieSameSite"] = Value::Null;
    } else {
        body["_id"] = json!("*");
        body["userIdAttributes"] = json!([]);
        body["nodeDesignerXuiEnabled"] = json!(true);
    }
    body
}

/// Keeps the keys that `_fields` names.
fn selected(body: Value, fields: Option<&str>) -> Value {
    let Some(fields) = fields else { return body };
    let kept: Map<String, Value> = fields
        .split(',')
        .filter_map(|name| Some((name.to_owned(), body.get(name)?.clone())))
        .collect();
    Value::Object(kept)
}
