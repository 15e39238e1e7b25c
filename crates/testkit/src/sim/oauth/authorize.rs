//! `/authorize`: from a session to a code, without a browser.

use std::time::Duration;

use http::Method;

use crate::encoding::{component, html_escaped, query_string, uuid};
use crate::sim::call::{Call, find};
use crate::sim::oauth::base;
use crate::sim::oauth::grants::{Code, Grant};
use crate::sim::reply::Reply;
use crate::sim::state::{Session, State};
use crate::sim::{Am, Misbehavior, OAuthClient};

/// The request's parameters, from the query or from a posted form.
struct Asked {
    parameters: Vec<(String, String)>,
}

impl Asked {
    fn get(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name).filter(|it| !it.is_empty())
    }
}

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    answered(am, state, call, realm).no_store()
}

fn answered(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    let mut parameters = call.query.clone();
    if call.method == Method::POST {
        parameters.extend(call.form());
    }
    let asked = Asked { parameters };
    let clients = &am.config().realms[realm].clients;
    let Some(client) = asked.get("client_id").and_then(|id| clients.get(id)) else {
        return page_of_error("invalid_client", "Client authentication failed");
    };
    let Some(redirect_uri) = redirect_uri(client, &asked) else {
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

enum Stop {
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
    let scopes = scopes(client, asked)?;
    let challenge = match asked.get("code_challenge") {
        None if client.secret.is_none() => {
            return error("invalid_request", "Missing parameter, 'code_challenge'");
        }
        None => None,
        Some(challenge) => {
            let method = asked.get("code_challenge_method").unwrap_or("plain");
            if !["plain", "S256"].contains(&method) {
                return error("invalid_request", "Invalid value for 'code_challenge_method'");
            }
            Some((challenge.to_owned(), method.to_owned()))
        }
    };
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

fn scopes(client: &OAuthClient, asked: &Asked) -> Result<Vec<String>, Stop> {
    let Some(scope) = asked.get("scope") else { return Ok(client.default_scopes.clone()) };
    let scopes: Vec<String> = scope.split_whitespace().map(str::to_owned).collect();
    let unknown: Vec<&str> =
        scopes.iter().filter(|it| !client.scopes.contains(it)).map(String::as_str).collect();
    match unknown.is_empty() {
        true => Ok(scopes),
        false => {
            let description = format!("Unknown/invalid scope(s): [{}]", unknown.join(", "));
            Err(Stop::Error("invalid_scope", description))
        }
    }
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

#[expect(clippy::too_many_arguments, reason = "everything that a decision about consent needs")]
fn agreed(
    am: &Am,
    state: &mut State,
    call: &Call,
    session: &Session,
    token: &str,
    client: &OAuthClient,
    scopes: &[String],
    asked: &Asked,
) -> Result<(), Stop> {
    let saved =
        (session.realm.clone(), session.username.clone(), client.id.clone(), scopes.join(" "));
    let decision = asked.get("decision");
    if decision.is_none() && (client.consent_implied || state.grants.consents.contains(&saved)) {
        return Ok(());
    }
    let Some(decision) = decision else {
        if asked.get("prompt") == Some("none") {
            let description = "The request requires consent.".to_owned();
            return Err(Stop::Error("consent_required", description));
        }
        return Err(Stop::Reply(consent_page(am, call, client, scopes)));
    };
    if call.method != Method::POST || asked.get("csrf") != Some(token) {
        return Err(Stop::Reply(page_of_error("bad_request", "Invalid csrf token")));
    }
    if decision != "allow" {
        let description = "Resource Owner did not authorize the request".to_owned();
        return Err(Stop::Error("access_denied", description));
    }
    if asked.get("save_consent") == Some("on") {
        state.grants.consents.insert(saved);
    }
    Ok(())
}

/// Exactly one of the registered ones; may be left out when there is one.
fn redirect_uri(client: &OAuthClient, asked: &Asked) -> Option<String> {
    match (asked.get("redirect_uri"), client.redirect_uris.as_slice()) {
        (Some(uri), registered) => registered.iter().find(|it| *it == uri).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

fn issuer(am: &Am, state: &State, call: &Call, realm: &str) -> String {
    match state.misbehavior.contains(&Misbehavior::RedirectWrongIssuer) {
        true => "https://evil.example.com/oauth2".to_owned(),
        false => base(am, call, realm),
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Query,
    Fragment,
    FormPost,
}

impl Mode {
    fn of(asked: &Asked) -> Self {
        match asked.get("response_mode") {
            Some("fragment") => Self::Fragment,
            Some("form_post") => Self::FormPost,
            _ => Self::Query,
        }
    }
}

/// The way back to the client.
struct Back<'a> {
    state: Option<&'a str>,
    nonce: Option<&'a str>,
    uri: &'a str,
    mode: Mode,
}

impl Back<'_> {
    fn with(
        &self,
        am: &Am,
        state: &State,
        answer: Vec<(&str, &str)>,
        client: Option<&str>,
    ) -> Reply {
        let is_error = client.is_none();
        let mut parameters = answer;
        let wrong_state = state.misbehavior.contains(&Misbehavior::RedirectWrongState);
        if let Some(own) = self.state {
            // On errors AM puts the state before the error's name.
            let position = if is_error { 1 } else { parameters.len() };
            parameters.insert(position, ("state", if wrong_state { "another" } else { own }));
        }
        // OpenAM's fragment names the nonce once more, under another name.
        if let (true, Mode::Fragment, Some(nonce)) =
            (am.profile().is_openam(), self.mode, self.nonce)
        {
            parameters.push(("session_state", nonce));
        }
        parameters.extend(client.map(|id| ("client_id", id)));
        let uri = match state.misbehavior.contains(&Misbehavior::RedirectElsewhere) {
            true => "https://evil.example.com/callback",
            false => self.uri,
        };
        let query = query_string(&parameters);
        let location = match self.mode {
            Mode::FormPost => return form_post(uri, &parameters),
            Mode::Fragment => format!("{uri}#{query}"),
            Mode::Query if uri.contains('?') => format!("{uri}&{query}"),
            Mode::Query => format!("{uri}?{query}"),
        };
        Reply::redirect(302, &location)
    }
}

fn login_page(am: &Am, call: &Call, realm: &str, asked: &Asked) -> Reply {
    // The page comes back here without the prompt that brought the user to it.
    let parameters: Vec<(&str, &str)> = asked
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), if name == "prompt" { "" } else { value.as_str() }))
        .collect();
    let goto = format!("{}{}?{}", call.origin, call.path, query_string(&parameters));
    let (status, page) = match am.profile().is_openam() {
        true => (301, "UI/Login"),
        false => (302, "XUI/"),
    };
    let location = format!(
        "{}{}/{page}?realm={}&goto={}",
        call.origin,
        am.base_path(),
        component(realm),
        component(&goto),
    );
    Reply::redirect(status, &location)
}

fn page_of_error(error: &str, description: &str) -> Reply {
    let (error, description) = (html_escaped(error), html_escaped(description));
    Reply::html(
        400,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><title>OAuth2 Error Page</title></head>\
             <body><script>pageData = {{ error: {{ message: \"{error}\", \
             description: \"{description}\" }} }};</script></body></html>"
        ),
    )
}

fn consent_page(am: &Am, call: &Call, client: &OAuthClient, scopes: &[String]) -> Reply {
    let (name, scopes) = (html_escaped(&client.id), html_escaped(&scopes.join(" ")));
    let session = html_escaped(call.cookie(am.cookie_name()).unwrap_or_default());
    Reply::html(
        200,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><title>OAuth2 Authorization Server</title>\
             </head><body><script>pageData = {{ displayName: \"{name}\", \
             displayScopes: \"{scopes}\", csrf: \"{session}\", formTarget: \"\" }};</script>\
             </body></html>"
        ),
    )
}

fn form_post(uri: &str, parameters: &[(&str, &str)]) -> Reply {
    let inputs: String = parameters
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\"/>", html_escaped(value))
        })
        .collect();
    let uri = html_escaped(uri);
    Reply::html(
        200,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><body onload=\"document.forms[0].submit()\">\
             <form method=\"post\" action=\"{uri}\">{inputs}</form></body></html>"
        ),
    )
}
