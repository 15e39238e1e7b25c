//! `/connect/endSession`: ends the session behind an `id_token`.

use http::Method;

use crate::encoding::query_string;
use crate::sim::Am;
use crate::sim::call::{Call, find};
use crate::sim::jws::claims_of;
use crate::sim::oauth::userinfo::server_error;
use crate::sim::reply::Reply;
use crate::sim::state::State;

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    let mut parameters = call.query.clone();
    if call.method == Method::POST {
        parameters.extend(call.form());
    }
    let Some(hint) = find(&parameters, "id_token_hint") else {
        let description = "The endSession endpoint requires an id_token_hint parameter";
        return Reply::oauth_error(400, "bad_request", description);
    };
    let claims = claims_of(hint).unwrap_or_default();
    // An expired one will do; a session that is gone already is no error.
    let ops = claims["org.forgerock.openidconnect.ops"].as_str();
    let Some(grant) = ops.and_then(|ops| state.grants.ops.get(ops).copied()) else {
        return server_error();
    };
    let grant = state.grants.grant(grant).clone();
    if grant.realm != realm {
        return server_error();
    }
    if let Some(session) = &grant.session {
        state.sessions.remove(session);
    }
    let Some(uri) = find(&parameters, "post_logout_redirect_uri") else {
        return Reply::empty(204);
    };
    let client = am.config().realms[realm].clients.get(&grant.client);
    if !client.is_some_and(|it| it.post_logout_redirect_uris.iter().any(|own| own == uri)) {
        // The session is gone all the same.
        let description = "The redirection URI provided does not match a pre-registered value.";
        return Reply::oauth_error(400, "redirect_uri_mismatch", description);
    }
    let location = match find(&parameters, "state") {
        Some(state) => format!("{uri}?{}", query_string(&[("state", state)])),
        None => uri.to_owned(),
    };
    Reply::redirect(302, &location)
}
