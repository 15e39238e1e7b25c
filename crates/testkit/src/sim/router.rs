//! Finds the handler of a request.

use crate::encoding::decoded;
use http::header::CONTENT_TYPE;

use crate::sim::call::Call;
use crate::sim::realm::normalized;
use crate::sim::reply::Reply;
use crate::sim::state::State;
use crate::sim::{Am, authenticate, oauth, serverinfo, sessions, users};

/// The first words of the paths below `/json` and `/oauth2`, where the realm ends.
const RESOURCES: &[&str] = &[
    ".well-known",
    "access_token",
    "authenticate",
    "authorize",
    "connect",
    "introspect",
    "serverinfo",
    "sessions",
    "token",
    "userinfo",
    "users",
];

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call) -> Reply {
    let Some(path) = call.path.strip_prefix(am.base_path()) else { return not_there(call) };
    let segments: Vec<String> = path.split('/').filter(|it| !it.is_empty()).map(decoded).collect();
    let Some((tree, rest)) = segments.split_first() else { return not_there(call) };
    let (realm, rest) = realm_and_rest(call, rest);
    let resource: Vec<&str> = rest.iter().map(String::as_str).collect();
    let exists = am.config().realms.contains_key(&realm);
    match (tree.as_str(), resource.as_slice()) {
        ("json", _) if !exists => Reply::error(404, &format!("Realm \"{realm}\" not found")),
        ("json", ["authenticate"]) => authenticate::answer(am, state, call, &realm),
        ("json", ["sessions"]) => sessions::answer(am, state, call),
        ("json", ["serverinfo", what]) => serverinfo::answer(am, state, call, &realm, what),
        ("json", ["users"]) => users::answer(am, state, call),
        ("oauth2", _) if !exists => oauth::unknown_realm(&realm),
        ("oauth2", resource) => {
            oauth::answer(am, state, call, &realm, resource).unwrap_or_else(|| not_there(call))
        }
        _ => not_there(call),
    }
}

/// Reads `realms/root/realms/alpha/sessions`, and the older `alpha/sessions` and `?realm=/alpha`.
fn realm_and_rest<'a>(call: &Call, segments: &'a [String]) -> (String, &'a [String]) {
    let mut levels = Vec::new();
    let mut rest = segments;
    loop {
        match rest {
            [word, level, tail @ ..] if word == "realms" => {
                levels.push(level.as_str());
                rest = tail;
            }
            [word, tail @ ..] if !RESOURCES.contains(&word.as_str()) && !tail.is_empty() => {
                levels.push(word);
                rest = tail;
            }
            _ => break,
        }
    }
    match call.query("realm") {
        Some(realm) => (normalized(realm), rest),
        None => (normalized(&levels.join("/")), rest),
    }
}

/// The page of the servlet container.
fn not_there(call: &Call) -> Reply {
    let path = crate::encoding::html_escaped(&call.path);
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><title>HTTP Status 404 – Not Found</title>\
             </head><body><h1>HTTP Status 404 – Not Found</h1><p><b>Message</b> The requested \
             resource [{path}] is not available</p></body></html>"
    );
    Reply::text(404, page).header(CONTENT_TYPE, "text/html;charset=utf-8")
}
