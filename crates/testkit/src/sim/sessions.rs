//! `/json/…/sessions`: asks about sessions and ends them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use crate::encoding::{random_token, uuid};
use crate::sim::Am;
use crate::sim::authenticate::cookies;
use crate::sim::call::Call;
use crate::sim::reply::Reply;
use crate::sim::state::{Session, State};
use crate::sim::version::{Refused, negotiated};

pub(crate) fn answer(am: &Am, state: &mut State, call: &Call) -> Reply {
    let version = match negotiated(call, am.profile().session_versions()) {
        Ok(version) => version,
        Err(Refused::Unknown) => return no_cache(Reply::error(404, "Resource '' not found")),
        Err(Refused::Unreadable(header)) => return unreadable_version(&header),
    };
    if call.method != Method::POST {
        return no_cache(Reply::error(405, "Method Not Allowed"));
    }
    let action = call.query("_action").unwrap_or_default();
    if !known_actions(am, version).contains(&action) {
        return refusal_of_action(am, state, call, action, version);
    }
    let caller = caller(am, state, call);
    if action == "validate" {
        return no_cache(Reply::json(200, &validate(am, state, caller.as_deref(), call)))
            .version(version);
    }
    let Some(caller) = caller else { return access_denied() };
    let subject = subject(call).unwrap_or_else(|| caller.clone());
    let body = match action {
        "logout" => return logout(am, state, call, &subject).version(version),
        "getSessionInfo" => info(am, state, &subject),
        "getSessionInfoAndResetIdleTime" => {
            touch(am, state, &subject);
            info(am, state, &subject)
        }
        "getMaxIdle" => json!({ "maxidletime": minutes(am.lifetimes().session_idle) }),
        _ => {
            touch(am, state, &subject);
            refreshed(am, state, &subject)
        }
    };
    no_cache(Reply::json(200, &body)).version(version)
}

/// The session that the caller shows, in the cookie or in a header of its name, if it is alive.
pub(crate) fn caller(am: &Am, state: &State, call: &Call) -> Option<String> {
    let token = call.cookie(am.cookie_name()).or_else(|| call.header(am.cookie_name()))?;
    let session = state.sessions.get(token)?;
    session.is_alive(am.now()).then(|| token.to_owned())
}

/// A value that looks like a real one, with characters that need escaping in a URL.
pub(crate) fn new_token() -> String {
    format!("AQIC5wM2LY4Sfc{}.*AAJTSQACMDEAAlNLABQ{}*", random_token(), random_token())
}

/// Opens a session under a token.
pub(crate) fn open(am: &Am, state: &mut State, token: &str, who: Who<'_>) {
    let now = am.now();
    let session = Session {
        username: who.username.to_owned(),
        realm: who.realm.to_owned(),
        service: who.service.to_owned(),
        created: now,
        last_used: now,
        idle_ends: now + am.lifetimes().session_idle,
        ends: now + am.lifetimes().session_max,
        properties: [("AMCtxId".to_owned(), json!(uuid()))].into(),
    };
    state.sessions.insert(token.to_owned(), session);
    state.remember("session", token);
    state.issued_sessions += 1;
}

/// Whose session it is, and by which tree it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) username: &'a str,
    pub(crate) realm: &'a str,
    pub(crate) service: &'a str,
}

pub(crate) fn touch(am: &Am, state: &mut State, token: &str) {
    let now = am.now();
    if let Some(session) = state.sessions.get_mut(token) {
        session.last_used = now;
        session.idle_ends = now + am.lifetimes().session_idle;
    }
}

pub(crate) fn universal_id(session: &Session) -> String {
    format!("id={},ou=user,{}", session.username, realm_dn(&session.realm))
}

/// The name of a realm in AM's directory.
pub(crate) fn realm_dn(realm: &str) -> String {
    let root = "dc=openam,dc=example,dc=org";
    match realm.trim_matches('/') {
        "" => root.to_owned(),
        levels => {
            let levels: Vec<String> = levels.rsplit('/').map(|it| format!("o={it}")).collect();
            format!("{},ou=services,{root}", levels.join(","))
        }
    }
}

pub(crate) fn unreadable_version(header: &str) -> Reply {
    Reply::text(400, format!("Version string is in an invalid format: {header}"))
}

pub(crate) fn access_denied() -> Reply {
    no_cache(Reply::error(401, "Access Denied"))
}

fn known_actions(am: &Am, version: (u32, u32)) -> &'static [&'static str] {
    match (am.profile().is_openam(), version.0) {
        (true, 1) => &["validate", "logout", "getMaxIdle", "refresh"],
        (true, _) => &["getSessionInfo", "logout"],
        (false, _) => {
            &["getSessionInfo", "getSessionInfoAndResetIdleTime", "validate", "refresh", "logout"]
        }
    }
}

/// OpenAM answers 501 for what another version has, and 403 for what none has.
fn refusal_of_action(
    am: &Am,
    state: &State,
    call: &Call,
    action: &str,
    version: (u32, u32),
) -> Reply {
    if !am.profile().is_openam() {
        let message = format!("Action '{action}' not supported");
        return no_cache(Reply::error(400, &message)).version(version);
    }
    let elsewhere = am.profile().session_versions().iter();
    if elsewhere.copied().any(|other| known_actions(am, other).contains(&action)) {
        let message = format!("Action {action} not implemented for this resource");
        return no_cache(Reply::error(501, &message)).version(version);
    }
    match caller(am, state, call) {
        Some(_) => no_cache(Reply::error(403, "Forbidden")),
        None => access_denied(),
    }
}

/// Another session than the caller's own, named in the body.
fn subject(call: &Call) -> Option<String> {
    let body: Value = serde_json::from_slice(&call.body).ok()?;
    Some(body.get("tokenId")?.as_str()?.to_owned())
}

fn validate(am: &Am, state: &mut State, caller: Option<&str>, call: &Call) -> Value {
    let subject = subject(call).or_else(|| caller.map(str::to_owned));
    let Some(token) = subject else { return json!({ "valid": false }) };
    let now = am.now();
    let Some(session) = state.sessions.get(&token).filter(|it| it.is_alive(now)) else {
        return json!({ "valid": false });
    };
    let mut body = json!({ "valid": true, "uid": session.username, "realm": session.realm });
    if !am.profile().is_openam() {
        body["sessionUid"] = session.properties["AMCtxId"].clone();
    }
    // Validating is using, unless asked otherwise.
    if call.query("refresh") != Some("false") {
        touch(am, state, &token);
    }
    body
}

fn logout(am: &Am, state: &mut State, call: &Call, subject: &str) -> Reply {
    let result = match state.sessions.remove(subject) {
        Some(_) => "Successfully logged out",
        None => "Token has expired",
    };
    let reply = no_cache(Reply::json(200, &json!({ "result": result })));
    match am.profile().is_openam() {
        true => reply,
        false => reply.cookies(cookies::deleted(am, call)),
    }
}

fn info(am: &Am, state: &State, token: &str) -> Value {
    let now = am.now();
    let Some(session) = state.sessions.get(token).filter(|it| it.is_alive(now)) else {
        return json!({ "valid": false });
    };
    let mut body = json!({
        "username": session.username,
        "universalId": universal_id(session),
        "realm": session.realm,
        "latestAccessTime": iso(session.last_used),
        "maxIdleExpirationTime": iso(session.idle_ends),
        "maxSessionExpirationTime": iso(session.ends),
    });
    if am.profile().is_openam() {
        body["sessionHandle"] = json!(format!("shandle:{token}"));
    } else {
        body["properties"] = json!(session.properties);
    }
    body
}

fn refreshed(am: &Am, state: &State, token: &str) -> Value {
    let Some(session) = state.sessions.get(token) else { return json!({ "valid": false }) };
    let left = session.ends.duration_since(am.now()).unwrap_or_default();
    json!({
        "uid": session.username,
        "realm": session.realm,
        "idletime": 0,
        "maxidletime": minutes(am.lifetimes().session_idle),
        "maxsessiontime": minutes(am.lifetimes().session_max),
        "maxtime": left.as_secs(),
    })
}

fn no_cache(reply: Reply) -> Reply {
    reply.header(CACHE_CONTROL, "no-cache")
}

fn minutes(duration: Duration) -> u64 {
    duration.as_secs() / 60
}

/// `2026-11-23T16:12:10Z`, by the rules of the proleptic Gregorian calendar.
pub(crate) fn iso(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March have their leap day at the end.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_like_am_writes_them() {
        let at = |seconds| iso(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_795_450_330), "2026-11-23T16:12:10Z");
        assert_eq!(at(4_107_542_399), "2100-02-28T23:59:59Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
