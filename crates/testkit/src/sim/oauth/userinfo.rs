//! `/userinfo`: the profile behind an access token.

use http::header::WWW_AUTHENTICATE;
use serde_json::json;

use crate::sim::call::Call;
use crate::sim::oauth::grants::Kind;
use crate::sim::oauth::id_token::subject;
use crate::sim::reply::Reply;
use crate::sim::state::State;
use crate::sim::{Am, Misbehavior};

pub(crate) fn answer(am: &Am, state: &State, call: &Call, realm: &str) -> Reply {
    let invalid = || {
        let description = "The access token provided is expired, revoked, malformed, or invalid \
                           for other reasons.";
        let reply = Reply::oauth_error(401, "invalid_token", description);
        match am.profile().is_openam() {
            true => reply,
            false => reply.header(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""),
        }
    };
    let Some(bearer) = call.bearer() else { return invalid() };
    // A JWT that is no access token makes the server stumble, and it says so with 400.
    if bearer.split('.').count() == 3 && crate::sim::jws::header_of(bearer).is_some() {
        return server_error();
    }
    let token = state.grants.token(bearer);
    let Some(token) = token.filter(|it| it.kind == Kind::Access && it.honored(am.now())) else {
        return invalid();
    };
    let grant = state.grants.grant(token.grant);
    if grant.realm != realm {
        return invalid();
    }
    let has = |scope: &str| token.scopes.iter().any(|it| it == scope);
    if !has("openid") {
        return Reply::oauth_error(
            403,
            "insufficient_scope",
            "The request requires higher privileges than provided by the access token.",
        );
    }
    let mut body = json!({ "sub": subject(am, realm, &grant.username) });
    if state.misbehavior.contains(&Misbehavior::UserInfoOtherSub) {
        body["sub"] = json!("another-user");
    }
    let user = am.config().realms[realm].users.get(&grant.username);
    if let Some(user) = user.filter(|_| has("profile")) {
        body["name"] = json!(user.name);
        if let Some(name) = &user.given_name {
            body["given_name"] = json!(name);
        }
        if let Some(name) = &user.family_name {
            body["family_name"] = json!(name);
        }
    }
    if let Some(email) = user.filter(|_| has("email")).and_then(|it| it.email.as_ref()) {
        body["email"] = json!(email);
    }
    Reply::json(200, &body)
}

pub(crate) fn server_error() -> Reply {
    Reply::oauth_error(
        400,
        "server_error",
        "Internal Server Error (500) - The server encountered an unexpected condition which \
         prevented it from fulfilling the request",
    )
}
