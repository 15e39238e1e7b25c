//! `/introspect`: what a token is good for.

use std::time::UNIX_EPOCH;

use serde_json::json;

use crate::sim::Am;
use crate::sim::call::{Call, find};
use crate::sim::oauth::base;
use crate::sim::oauth::client_auth::authenticated;
use crate::sim::oauth::grants::Kind;
use crate::sim::oauth::id_token::subject;
use crate::sim::reply::Reply;
use crate::sim::state::State;

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    let form = call.form();
    let client = match authenticated(am, state, call, realm, &form) {
        Ok(client) => client,
        Err(refusal) => return refusal,
    };
    let token = find(&form, "token").and_then(|value| state.grants.token(value));
    let Some(token) = token.filter(|it| it.honored(am.now())) else {
        return Reply::json(200, &json!({ "active": false }));
    };
    let grant = state.grants.grant(token.grant);
    // Another client's token is nobody's business.
    if grant.client != client.id {
        return Reply::json(200, &json!({ "active": false }));
    }
    let kind = match token.kind {
        Kind::Access => "access_token",
        Kind::Refresh => "refresh_token",
    };
    Reply::json(
        200,
        &json!({
            "active": true,
            "scope": token.scopes.join(" "),
            "client_id": grant.client,
            "user_id": grant.username,
            "sub": subject(am, &grant.realm, &grant.username),
            "iss": base(am, call, &grant.realm),
            "token_type": kind,
            "exp": token.expires.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
        }),
    )
}
