//! `/access_token`: codes and refresh tokens become tokens.

use aws_lc_rs::digest;
use serde_json::{Value, json};

use crate::encoding::{base64url, uuid};
use crate::sim::call::{Call, find};
use crate::sim::oauth::client_auth::authenticated;
use crate::sim::oauth::discovery::set;
use crate::sim::oauth::grants::{Code, Grant, Kind, Token};
use crate::sim::oauth::id_token::{self, Occasion};
use crate::sim::reply::Reply;
use crate::sim::state::State;
use crate::sim::{Am, Misbehavior, OAuthClient};

const BAD_GRANT: &str = "The provided access grant is invalid, expired, or revoked.";

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call, realm: &str) -> Reply {
    let form = call.form();
    let reply = match find(&form, "grant_type") {
        None => Err(Reply::oauth_error(400, "invalid_request", "Grant type is not set")),
        Some("authorization_code") => code(am, state, call, realm, &form),
        Some("refresh_token") => refresh(am, state, call, realm, &form),
        Some("client_credentials") => client_credentials(am, state, call, realm, &form),
        Some(_) => {
            let description = "Grant type is not supported";
            Err(Reply::oauth_error(400, "unsupported_grant_type", description))
        }
    };
    reply.unwrap_or_else(|refusal| refusal).no_store()
}

type Form = [(String, String)];

fn code(am: &Am, state: &mut State, call: &Call, realm: &str, form: &Form) -> Result<Reply, Reply> {
    let client = authenticated(am, state, call, realm, form)?;
    let missing = |name: &str| {
        Reply::oauth_error(400, "invalid_request", &format!("Missing parameter: {name}"))
    };
    let value = find(form, "code").ok_or_else(|| missing("code"))?.to_owned();
    let redirect_uri = find(form, "redirect_uri").ok_or_else(|| missing("redirect_uri"))?;
    let verifier = find(form, "code_verifier");
    if verifier.is_none() && client.is_public() {
        let description = "code_verifier parameter required";
        return Err(Reply::oauth_error(400, "invalid_request", description));
    }
    let bad = || Reply::oauth_error(400, "invalid_grant", BAD_GRANT);
    let code = state.grants.codes.get(&value).cloned().ok_or_else(bad)?;
    if code.used {
        // A code that comes twice may be stolen: the tokens of the first use die.
        state.grants.kill_grant(code.grant);
        return Err(bad());
    }
    let grant = state.grants.grant(code.grant).clone();
    let fits = grant.client == client.id
        && grant.realm == realm
        && code.redirect_uri == redirect_uri
        && am.now() < code.expires
        && proves(&code, verifier);
    // A wrong answer does not burn the code.
    if !fits {
        return Err(bad());
    }
    if let Some(code) = state.grants.codes.get_mut(&value) {
        code.used = true;
    }
    let occasion = Occasion::Code(&value);
    Ok(issue(am, state, call, client, code.grant, &grant.scopes, occasion, None))
}

/// The code challenge of RFC 7636.
fn proves(code: &Code, verifier: Option<&str>) -> bool {
    match (&code.challenge, verifier) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some((challenge, method)), Some(verifier)) if method == "S256" => {
            let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
            *challenge == base64url(hash.as_ref())
        }
        (Some((challenge, _)), Some(verifier)) => challenge == verifier,
    }
}

fn refresh(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    form: &Form,
) -> Result<Reply, Reply> {
    let client = authenticated(am, state, call, realm, form)?;
    let Some(value) = find(form, "refresh_token") else {
        let description = "Missing parameter: refresh_token";
        return Err(Reply::oauth_error(400, "invalid_request", description));
    };
    let bad = || Reply::oauth_error(400, "invalid_grant", "grant is invalid");
    let token = state.grants.token(value).filter(|it| it.kind == Kind::Refresh).cloned();
    let token = token.ok_or_else(bad)?;
    let grant = state.grants.grant(token.grant);
    if grant.realm != realm {
        return Err(bad());
    }
    if grant.client != client.id {
        let description = "Token was issued to a different client";
        return Err(Reply::oauth_error(400, "invalid_request", description));
    }
    if token.spent && !am.profile().is_openam() {
        // PingAM takes a second use for a theft; OpenAM leaves the successor alive.
        state.grants.kill_grant(token.grant);
        return Err(bad());
    }
    if !token.honored(am.now()) {
        return Err(bad());
    }
    let scopes = match find(form, "scope") {
        None => token.scopes.clone(),
        Some(scope) => narrowed(&token, scope)?,
    };
    let keeps = state.misbehavior.contains(&Misbehavior::RefreshWithoutRefreshToken);
    if !keeps {
        state.grants.spend(value);
    }
    let refresh = Some(if keeps { Renewal::Kept } else { Renewal::Rotated(token.scopes) });
    Ok(issue(am, state, call, client, token.grant, &scopes, Occasion::Refresh, refresh))
}

fn narrowed(token: &Token, scope: &str) -> Result<Vec<String>, Reply> {
    let scopes: Vec<String> = scope.split_whitespace().map(str::to_owned).collect();
    let wider: Vec<&str> =
        scopes.iter().filter(|it| !token.scopes.contains(it)).map(String::as_str).collect();
    match wider.is_empty() {
        true => Ok(scopes),
        false => {
            let description = format!("Unknown/invalid scope(s): [{}]", wider.join(", "));
            Err(Reply::oauth_error(400, "invalid_scope", &description))
        }
    }
}

fn client_credentials(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    form: &Form,
) -> Result<Reply, Reply> {
    let client = authenticated(am, state, call, realm, form)?;
    if client.is_public() {
        let description = "Public clients can't use the client credentials grant.";
        return Err(Reply::oauth_error(400, "unauthorized_client", description));
    }
    let scopes: Vec<String> = match find(form, "scope") {
        None => client.default_scopes.clone(),
        Some(scope) => scope.split_whitespace().map(str::to_owned).collect(),
    };
    let grant = state.grants.add_grant(Grant {
        client: client.id.clone(),
        realm: realm.to_owned(),
        username: client.id.clone(),
        scopes: scopes.clone(),
        nonce: None,
        auth_time: am.now(),
        session: None,
    });
    Ok(issue(am, state, call, client, grant, &scopes, Occasion::Client, None))
}

/// What a refresh does with the refresh token.
enum Renewal {
    Kept,
    Rotated(Vec<String>),
}

#[expect(clippy::too_many_arguments, reason = "everything that a token response is made of")]
fn issue(
    am: &Am,
    state: &mut State,
    call: &Call,
    client: &OAuthClient,
    grant_id: usize,
    scopes: &[String],
    occasion: Occasion<'_>,
    renewal: Option<Renewal>,
) -> Reply {
    let now = am.now();
    let grant = state.grants.grant(grant_id).clone();
    let token = |kind, scopes: &[String], life| Token {
        kind,
        grant: grant_id,
        scopes: scopes.to_vec(),
        expires: now + life,
        alive: true,
        spent: false,
    };
    let access = uuid();
    state.remember("access token", &access);
    state
        .grants
        .add_token(access.clone(), token(Kind::Access, scopes, am.lifetimes().access_token));
    let mut body = json!({
        "access_token": access,
        "scope": scopes.join(" "),
        "token_type": "Bearer",
        // AM counts from the moment before it made the token.
        "expires_in": am.lifetimes().access_token.as_secs().saturating_sub(1),
    });
    let refresh_scopes = match (&occasion, renewal) {
        (Occasion::Client, _) | (_, Some(Renewal::Kept)) => None,
        (_, Some(Renewal::Rotated(scopes))) => Some(scopes),
        (_, None) => client.issues_refresh_tokens.then(|| scopes.to_vec()),
    };
    if let Some(scopes) = refresh_scopes {
        let refresh = uuid();
        state.remember("refresh token", &refresh);
        let life = am.lifetimes().refresh_token;
        state.grants.add_token(refresh.clone(), token(Kind::Refresh, &scopes, life));
        body["refresh_token"] = json!(refresh);
    }
    if let (Occasion::Code(_), Some(nonce)) = (&occasion, &grant.nonce) {
        body["nonce"] = json!(nonce);
    }
    let wants_id_token = scopes.iter().any(|it| it == "openid") && grant.session.is_some();
    if wants_id_token && !state.misbehavior.contains(&Misbehavior::IdTokenMissing) {
        match id_token::issued(am, state, call, client, grant_id, &access, &occasion) {
            Some(id_token) => {
                state.remember("id_token", &id_token);
                body["id_token"] = Value::String(id_token);
            }
            None => {
                return Reply::oauth_error(400, "server_error", "Unknown Signing Algorithm");
            }
        }
    }
    for misbehavior in &state.misbehavior {
        if let Misbehavior::TokenResponse(name, value) = misbehavior {
            set(&mut body, name, value.as_ref());
        }
    }
    Reply::text(200, body.to_string())
        .header(http::header::CONTENT_TYPE, "application/json")
        .header(http::header::PRAGMA, "no-cache")
}
