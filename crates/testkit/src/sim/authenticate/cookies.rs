//! The cookies that the server sets and deletes.

use crate::sim::Am;
use crate::sim::call::Call;

const PAST: &str = "Thu, 01 Jan 1970 00:00:10 GMT";

/// Load balancing: the server that keeps the journey.
pub(crate) fn load_balancer(am: &Am, call: &Call) -> Vec<String> {
    written(am, call, "amlbcookie", "01", None)
}

pub(crate) fn session(am: &Am, call: &Call, token: &str) -> Vec<String> {
    written(am, call, am.cookie_name(), token, None)
}

/// OpenAM marks a running journey; the client never needs it.
pub(crate) fn journey(am: &Am, call: &Call, session_id: &str) -> Vec<String> {
    match am.profile().is_openam() {
        true => written(am, call, "AMAuthCookie", session_id, None),
        false => Vec::new(),
    }
}

pub(crate) fn journey_over(am: &Am, call: &Call) -> Vec<String> {
    match am.profile().is_openam() {
        true => written(am, call, "AMAuthCookie", "LOGOUT", Some(PAST)),
        false => Vec::new(),
    }
}

/// Deletes the session and the load balancer's cookie: an answer to an old step does it too.
pub(crate) fn deleted(am: &Am, call: &Call) -> Vec<String> {
    let mut cookies = written(am, call, am.cookie_name(), "", Some(PAST));
    cookies.extend(written(am, call, "amlbcookie", "LOGOUT", Some(PAST)));
    cookies
}

/// One `Set-Cookie` value for each of the configured domains.
fn written(am: &Am, call: &Call, name: &str, value: &str, expires: Option<&str>) -> Vec<String> {
    let config = am.config();
    let domains = match config.cookie_domains.as_slice() {
        [] if am.profile().is_openam() => vec![Some(call.host().to_owned())],
        [] => vec![None],
        domains => domains.iter().cloned().map(Some).collect(),
    };
    let one = |domain: Option<String>| {
        let mut cookie = format!("{name}={value}");
        if let Some(expires) = expires {
            cookie.push_str("; Expires=");
            cookie.push_str(expires);
        }
        if let Some(domain) = domain {
            cookie.push_str("; Domain=");
            cookie.push_str(&domain);
        }
        cookie.push_str("; Path=/");
        if !am.profile().is_openam() && call.is_secure() {
            cookie.push_str("; Secure");
        }
        if config.http_only {
            cookie.push_str("; HttpOnly");
        }
        if !am.profile().is_openam() && call.is_secure() {
            cookie.push_str("; SameSite=none");
        }
        cookie
    };
    domains.into_iter().map(one).collect()
}
