//! `/json/…/users`: who a session belongs to, and whether a `goto` may be followed.

use http::Method;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use crate::encoding::component;
use crate::sim::Am;
use crate::sim::call::Call;
use crate::sim::reply::Reply;
use crate::sim::sessions;
use crate::sim::state::State;
use crate::sim::version::{Refused, negotiated};

const VERSIONS: &[(u32, u32)] = &[(2, 1), (3, 0), (4, 0)];

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call) -> Reply {
    // Without a version the oldest answers here.
    let version = match negotiated(call, VERSIONS) {
        Ok(version) => version,
        Err(Refused::Unknown) => return Reply::error(404, "Resource '' not found"),
        Err(Refused::Unreadable(header)) => return sessions::unreadable_version(&header),
    };
    if call.method != Method::POST {
        return Reply::error(405, "Method Not Allowed");
    }
    let Some(token) = sessions::caller(am, state, call) else { return sessions::access_denied() };
    let session = state.sessions[&token].clone();
    let default = default_success_url(am);
    let body = match call.query("_action") {
        Some("idFromSession") => json!({
            "id": session.username,
            "realm": session.realm,
            "dn": sessions::universal_id(&session),
            "successURL": default,
            "fullLoginURL":
                format!("{}/UI/Login?realm={}", am.base_path(), component(&session.realm)),
        }),
        Some("validateGoto") => {
            let asked: Value = serde_json::from_slice(&call.body).unwrap_or_default();
            json!({ "successURL": asked["goto"].as_str().unwrap_or(&default) })
        }
        _ => return Reply::error(403, "Forbidden").version(version),
    };
    Reply::json(200, &body).header(CACHE_CONTROL, "no-cache").version(version)
}

pub(crate) fn default_success_url(am: &Am) -> String {
    format!("{}/console", am.base_path())
}
