//! `/authorize`: from a session to a code, without a browser.

mod asked;
mod back;
mod consent;
mod pages;

use std::time::Duration;

use self::asked::Asked;
use self::back::{Back, Mode};
use self::consent::agreed;
use self::pages::{login_page, page_of_error};
use crate::encoding::uuid;
use crate::sim::call::Call;
use crate::sim::oauth::base;
use crate::sim::oauth::grants::{Code, Grant};
use crate::sim::reply::Reply;
use crate::sim::state::{Session, State};
use crate::sim::{Am, Misbehavior, OAuthClient};

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    answered(am, state, call, realm).no_store()
}

fn answered(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    let asked = Asked::of(call);
    let clients = &am.config().realms[realm].clients;
    let Some(client) = asked.get("client_id").and_then(|id| clients.get(id)) else {
        return page_of_error("invalid_client", "Client authentication failed");
    };
    let Some(redirect_uri) = asked.redirect_uri(client) else {
        let description = "The redirection URI provided does not match a pre-registered value.";
        return page_of_error("redirect_uri_mismatch", description);
    };
    let back = Back {
        state: asked.get("state"),
        nonce: asked.get("nonce"),
        uri: &redirect_uri,
        mode: Mode::of(&asked),
    };
    match decided(am, state, call, realm, client, &redirect_uri, &asked) {
        Ok(Granted { code, scope }) => {
            let issuer = issuer(am, state, call, realm);
            let mut answer = vec![("code", code.as_str())];
            if am.profile().is_openam() {
                answer.push(("scope", &scope));
            }
            answer.push(("iss", &issuer));
            back.with(am, state, answer, Some(&client.id))
        }
        Err(Stop::Reply(reply)) => reply,
        Err(Stop::Error(error, description)) => {
            let answer = vec![("error_description", description.as_str()), ("error", error)];
            back.with(am, state, answer, None)
        }
    }
}

struct Granted {
    code: String,
    scope: String,
}

pub(crate) enum Stop {
    Reply(Reply),
    /// An error that goes back to the client by redirect.
    Error(&'static str, String),
}

fn decided(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    client: &OAuthClient,
    redirect_uri: &str,
    asked: &Asked,
) -> Result<Granted, Stop> {
    let error = |error, description: &str| Err(Stop::Error(error, description.to_owned()));
    match asked.get("response_type") {
        Some("code") => {}
        Some(_) => return error("unsupported_response_type", "Response type is not supported."),
        None => return error("invalid_request", "Missing parameter, 'response_type'"),
    }
    let scopes = asked.scopes(client)?;
    let challenge = asked.challenge(client)?;
    let (token, session) = present_session(am, state, call, realm, asked)?;
    agreed(am, state, call, &session, &token, client, &scopes, asked)?;
    let grant = state.grants.add_grant(Grant {
        client: client.id.clone(),
        realm: realm.to_owned(),
        username: session.username,
        scopes: scopes.clone(),
        nonce: asked.get("nonce").map(str::to_owned),
        auth_time: session.created,
        session: Some(token),
    });
    let code = uuid();
    state.remember("code", &code);
    state.grants.codes.insert(
        code.clone(),
        Code {
            grant,
            redirect_uri: redirect_uri.to_owned(),
            challenge,
            expires: am.now() + am.lifetimes().code,
            used: false,
        },
    );
    Ok(Granted { code, scope: scopes.join(" ") })
}

/// Only the cookie counts: AM ignores a session in a header here.
fn present_session(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    asked: &Asked,
) -> Result<(String, Session), Stop> {
    let prompts: Vec<&str> = asked.get("prompt").unwrap_or_default().split(' ').collect();
    let now = am.now();
    let token = call.cookie(am.cookie_name()).unwrap_or_default().to_owned();
    let alive = state.sessions.get(&token).filter(|it| it.is_alive(now) && it.realm == realm);
    let Some(session) = alive.cloned() else {
        return Err(match prompts.contains(&"none") {
            true => {
                let description = "The request requires some interaction that is not allowed.";
                Stop::Error("interaction_required", description.to_owned())
            }
            false => Stop::Reply(login_page(am, call, realm, asked)),
        });
    };
    // Both of these end the session: asking to sign in again costs the login.
    if prompts.contains(&"login") {
        state.sessions.remove(&token);
        return Err(Stop::Reply(login_page(am, call, realm, asked)));
    }
    let max_age = asked.get("max_age").and_then(|it| it.parse().ok()).map(Duration::from_secs);
    let age = now.duration_since(session.created).unwrap_or_default();
    if max_age.is_some_and(|max| age > max || max.is_zero()) {
        state.sessions.remove(&token);
        return Err(Stop::Error("login_required", "The request requires login.".to_owned()));
    }
    crate::sim::sessions::touch(am, state, &token);
    Ok((token, session))
}

fn issuer(am: &Am, state: &State, call: &Call, realm: &str) -> String {
    match state.misbehavior.contains(&Misbehavior::RedirectWrongIssuer) {
        true => "https://evil.example.com/oauth2".to_owned(),
        false => base(am, call, realm),
    }
}
