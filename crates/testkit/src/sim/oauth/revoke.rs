//! `/token/revoke`.

use serde_json::json;

use crate::sim::Am;
use crate::sim::call::{Call, find};
use crate::sim::oauth::client_auth::authenticated;
use crate::sim::oauth::grants::Kind;
use crate::sim::reply::Reply;
use crate::sim::state::State;

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    let form = call.form();
    let client = match authenticated(am, state, call, realm, &form) {
        Ok(client) => client,
        Err(refusal) => return refusal,
    };
    let Some(value) = find(&form, "token") else {
        return Reply::oauth_error(400, "invalid_request", "Missing parameter: token");
    };
    if let Some(token) = state.grants.token(value).cloned().filter(|it| it.honored(am.now())) {
        let grant = state.grants.grant(token.grant);
        if grant.client != client.id || grant.realm != realm {
            let description =
                format!("The provided token id : {value} belongs to different access grant.");
            return Reply::oauth_error(400, "invalid_grant", &description);
        }
        match token.kind {
            // The refresh token lives on.
            Kind::Access => state.grants.kill(value),
            Kind::Refresh => state.grants.kill_grant(token.grant),
        }
    }
    // What is gone already, or never was, is revoked too.
    Reply::json(200, &json!({}))
}
