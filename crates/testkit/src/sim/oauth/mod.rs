//! `/oauth2/…`: the OpenID provider.

mod assertion;
mod authorize;
mod certificate;
mod client_auth;
mod discovery;
mod end_session;
mod grants;
mod id_token;
mod introspect;
mod revoke;
mod token;
mod userinfo;

use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::json;

use crate::sim::Am;
use crate::sim::call::Call;
use crate::sim::realm::path_of;
use crate::sim::reply::Reply;
use crate::sim::state::State;

pub(crate) use self::certificate::{CertificateRule, Peer};
pub(crate) use self::grants::Grants;

/// Answers a request, or `None` where the server has nothing.
pub(crate) fn answer(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    resource: &[&str],
) -> Option<Reply> {
    let get = call.method == Method::GET;
    let post = call.method == Method::POST;
    let reply = match resource {
        [".well-known", "openid-configuration"] if get => {
            discovery::document(am, state, call, realm)
        }
        ["connect", "jwk_uri"] if get => discovery::jwks(state, am),
        ["connect", "endSession"] if get || post => end_session::answer(am, state, call, realm),
        ["authorize"] if get || post => authorize::answer(am, state, call, realm),
        ["access_token"] if post => token::answer(am, state, call, realm),
        ["token", "revoke"] if post => revoke::answer(am, state, call, realm),
        ["introspect"] if post => introspect::answer(am, state, call, realm),
        ["userinfo"] if get || post => userinfo::answer(am, state, call, realm),
        [".well-known", "openid-configuration"]
        | ["connect", "jwk_uri" | "endSession"]
        | ["authorize" | "access_token" | "introspect" | "userinfo"]
        | ["token", "revoke"] => {
            Reply::oauth_error(405, "method_not_allowed", "Method Not Allowed")
        }
        _ => return None,
    };
    Some(reply)
}

pub(crate) fn unknown_realm(realm: &str) -> Reply {
    let body = json!({
        "code": 404,
        "reason": "Not Found",
        "message": format!("No mapping organization found for organization identifier: {realm}"),
    });
    Reply::text(404, body.to_string()).header(CONTENT_TYPE, "application/json")
}

/// Where a realm's end points are, and its issuer.
pub(crate) fn base(am: &Am, call: &Call, realm: &str) -> String {
    let root = format!("{}{}/oauth2", call.origin, am.base_path());
    // OpenAM leaves the root realm out of its URLs, whatever URL one asked.
    match (am.profile().is_openam(), realm) {
        (true, "/") => root,
        _ => format!("{root}{}", path_of(realm)),
    }
}
