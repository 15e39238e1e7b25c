//! The end of a journey that succeeds.

use serde_json::{Map, Value, json};

use crate::sim::authenticate::{Refusal, cookies};
use crate::sim::builder::TokenId;
use crate::sim::call::Call;
use crate::sim::reply::Reply;
use crate::sim::sessions::Who;
use crate::sim::state::{Journey, State};
use crate::sim::{Am, Tree, sessions, users};

/// Signs the user in.
pub(crate) fn succeeded(
    am: &Am,
    state: &mut State,
    call: &Call,
    journey: &Journey,
) -> Result<Reply, Refusal> {
    let other_user =
        "Session Upgrade fails since user is different than original authenticated user";
    // OpenAM 16.0 starts a forced login and never ends one.
    if am.profile().is_openam() && call.asks("ForceAuth") {
        return Err(Refusal::new(400, other_user).code("124"));
    }
    let username = journey.username.clone().ok_or_else(|| Refusal::login_failed(am))?;
    if let Some(previous) = &journey.upgrades
        && state.sessions.get(previous).is_some_and(|session| session.username != username)
    {
        return Err(Refusal::new(400, other_user).code("124"));
    }
    let mut body = details(am, call, &journey.tree, &journey.realm);
    if call.asks("noSession") || journey.tree.no_session {
        if am.profile().is_openam() {
            body.insert("message".to_owned(), json!("Authentication Successful"));
        }
        let set = match am.profile().is_openam() {
            true => cookies::journey(am, call, &journey.id),
            false => Vec::new(),
        };
        return Ok(Reply::json(200, &Value::Object(body))
            .cookies(set)
            .cookies(cookies::load_balancer(am, call))
            .cookies(cookies::journey_over(am, call)));
    }
    // OpenAM's journey was a session all along; PingAM opens another one.
    let token = match am.profile().is_openam() {
        true => journey.id.clone(),
        false => sessions::new_token(),
    };
    let (realm, service) = (journey.realm.as_str(), journey.tree.name());
    sessions::open(am, state, &token, Who { username: &username, realm, service });
    if let Some(previous) = journey.upgrades.as_ref().and_then(|it| state.sessions.remove(it))
        && let Some(session) = state.sessions.get_mut(&token)
    {
        session.properties = previous.properties;
    }
    insert_token_id(am, &mut body, &token);
    Ok(Reply::json(200, &Value::Object(body))
        .cookies(cookies::session(am, call, &token))
        .cookies(cookies::load_balancer(am, call))
        .cookies(cookies::journey_over(am, call))
        .cookies(journey.tree.success_cookies.clone()))
}

/// Says yes at once, because the session that rides along is enough.
pub(crate) fn with_present_session(
    am: &Am,
    state: &mut State,
    call: &Call,
    tree: &Tree,
    token: &str,
) -> Reply {
    sessions::touch(am, state, token);
    let realm = state.sessions[token].realm.clone();
    let mut body = details(am, call, tree, &realm);
    insert_token_id(am, &mut body, token);
    let reply = Reply::json(200, &Value::Object(body));
    match am.profile().is_openam() {
        true => reply.cookies(cookies::journey_over(am, call)),
        false => reply
            .cookies(cookies::session(am, call, token))
            .cookies(cookies::load_balancer(am, call)),
    }
}

fn insert_token_id(am: &Am, body: &mut Map<String, Value>, token: &str) {
    match am.config().token_id {
        TokenId::InBody => body.insert("tokenId".to_owned(), json!(token)),
        TokenId::Empty => body.insert("tokenId".to_owned(), json!("")),
        TokenId::Absent => None,
    };
}

fn details(am: &Am, call: &Call, tree: &Tree, realm: &str) -> Map<String, Value> {
    let mut body: Map<String, Value> = tree.success_details.clone().into_iter().collect();
    let url = call
        .query("goto")
        .map(str::to_owned)
        .or_else(|| tree.success_url.clone())
        .unwrap_or_else(|| users::default_success_url(am));
    body.insert("successUrl".to_owned(), json!(url));
    body.insert("realm".to_owned(), json!(realm));
    body
}
