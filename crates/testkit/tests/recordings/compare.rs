//! What must be the same in both answers: status, keys, values, cookies, headers that a client
//! reads.

use serde_json::Value;

use crate::answer::{Answer, all, decoded, jwt};
use crate::names::Names;
use crate::recording::Step;
use crate::replay::ours;

/// Headers that a client reads; the others are the servlet container's.
const HEADERS: &[&str] =
    &["Content-Type", "Content-API-Version", "Cache-Control", "WWW-Authenticate"];

/// Members that are new each time; that they are there, and of which type, is compared.
const NEW_EACH_TIME: &[&str] = &[
    "authId",
    "tokenId",
    "access_token",
    "refresh_token",
    "id_token",
    "sessionHandle",
    "latestAccessTime",
    "maxIdleExpirationTime",
    "maxSessionExpirationTime",
    "n",
    "kid",
    "exp",
    "iat",
    "at_hash",
    "c_hash",
    "auditTrackingId",
    "org.forgerock.openidconnect.ops",
    "auth:time",
    "otk",
    "sessionId",
];

/// Which of our values stands for which recorded one, and what everything is called.
pub(crate) struct Known<'a> {
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) names: &'a Names,
}

/// Returns what differs, and learns which of our values stands for which recorded one.
pub(crate) fn compared(step: &Step, answer: &Answer, known: &mut Known<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if step.status != answer.status {
        found.push(format!("status: {} instead of {}", answer.status, step.status));
    }
    for name in HEADERS {
        let (theirs, own) = (all(&step.headers, name), answer.all(name));
        if theirs != own {
            found.push(format!("header {name}: {own:?} instead of {theirs:?}"));
        }
    }
    cookies(step, answer, known, &mut found);
    location(step, answer, known, &mut found);
    body("body", &step.body, &answer.body, known, &mut found);
    found
}

fn cookies(step: &Step, answer: &Answer, known: &mut Known<'_>, found: &mut Vec<String>) {
    let (theirs, own) = (all(&step.headers, "Set-Cookie"), answer.all("Set-Cookie"));
    if theirs.len() != own.len() {
        found.push(format!("cookies: {own:?} instead of {theirs:?}"));
        return;
    }
    for (theirs, own) in theirs.into_iter().zip(own) {
        let parts = |cookie: &str| {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned(), attributes.to_owned())
        };
        let ((name, value, attributes), (own_name, own_value, own_attributes)) =
            (parts(theirs), parts(own));
        let same_value = match value.starts_with("AQIC5") {
            true => learned(&value, &own_value, known),
            false => value == own_value,
        };
        if (name, attributes) != (own_name, own_attributes) || !same_value {
            found.push(format!("cookie: {own} instead of {theirs}"));
        }
    }
}

fn location(step: &Step, answer: &Answer, known: &mut Known<'_>, found: &mut Vec<String>) {
    let (theirs, own) = (all(&step.headers, "Location"), answer.all("Location"));
    let ([theirs], [own]) = (theirs.as_slice(), own.as_slice()) else {
        if theirs.len() != own.len() {
            found.push(format!("location: {own:?} instead of {theirs:?}"));
        }
        return;
    };
    let ((start, pairs), (own_start, own_pairs)) = (taken_apart(theirs), taken_apart(own));
    let names = |pairs: &[(String, String)]| -> Vec<String> {
        pairs.iter().map(|(name, _)| name.clone()).collect()
    };
    let same_values =
        pairs.iter().zip(&own_pairs).all(|((name, value), (_, own))| match name.as_str() {
            "code" => learned(value, own, known),
            _ => ours(value, &known.pairs) == *own,
        });
    if start != own_start || names(&pairs) != names(&own_pairs) || !same_values {
        found.push(format!("location: {own} instead of {theirs}"));
    }
}

/// What stands before the parameters, and the parameters in their order; a `goto` taken apart too.
fn taken_apart(url: &str) -> (String, Vec<(String, String)>) {
    let Some((start, query)) = url.split_once(['?', '#']) else {
        return (url.to_owned(), Vec::new());
    };
    let mark = &url[start.len()..=start.len()];
    let mut pairs = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        if name == "goto" {
            let (start, inner) = taken_apart(&value);
            pairs.push((name.to_owned(), start));
            pairs.extend(inner.into_iter().map(|(name, it)| (format!("goto/{name}"), it)));
        } else {
            pairs.push((name.to_owned(), value));
        }
    }
    (format!("{start}{mark}"), pairs)
}

fn body(place: &str, theirs: &Value, own: &Value, known: &mut Known<'_>, found: &mut Vec<String>) {
    match (theirs, own) {
        (Value::Object(theirs), Value::Object(own)) => {
            let names = |it: &serde_json::Map<String, Value>| -> Vec<String> {
                it.keys().cloned().collect()
            };
            if names(theirs) != names(own) {
                found.push(format!(
                    "{place}: keys {:?} instead of {:?}",
                    names(own),
                    names(theirs)
                ));
            }
            for (name, theirs) in theirs {
                let Some(own) = own.get(name) else { continue };
                let place = format!("{place}/{name}");
                match NEW_EACH_TIME.contains(&name.as_str()) {
                    true => new_value(&place, theirs, own, known, found),
                    false => body(&place, theirs, own, known, found),
                }
            }
        }
        (Value::Array(theirs), Value::Array(own)) if theirs.len() == own.len() => {
            for (index, (theirs, own)) in theirs.iter().zip(own).enumerate() {
                body(&format!("{place}/{index}"), theirs, own, known, found);
            }
        }
        (Value::String(theirs), Value::String(own)) if is_page(theirs) => {
            if !is_page(own) {
                found.push(format!("{place}: no page but {own}"));
            }
        }
        (Value::String(theirs), Value::String(own)) => {
            if without_device(&ours(theirs, &known.pairs)) != without_device(own) {
                found.push(format!("{place}: {own:?} instead of {theirs:?}"));
            }
        }
        (theirs, own) if theirs == own => {}
        (theirs, own) => found.push(format!("{place}: {own} instead of {theirs}")),
    }
}

/// Leaves out the secret of a new authenticator app.
fn without_device(text: &str) -> String {
    let Some((start, rest)) = text.split_once("?secret=") else { return text.to_owned() };
    let length = rest.chars().take_while(char::is_ascii_alphanumeric).count();
    format!("{start}?secret=<{length} characters>{}", &rest[length..])
}

/// What a page of HTML says is for eyes; that it is one counts.
fn is_page(text: &str) -> bool {
    text.to_ascii_lowercase().starts_with("<!doctype html")
}

fn new_value(
    place: &str,
    theirs: &Value,
    own: &Value,
    known: &mut Known<'_>,
    found: &mut Vec<String>,
) {
    match (theirs, own) {
        (Value::String(theirs), Value::String(own)) => {
            if let Some([header, claims]) = jwt(theirs) {
                let claims = known.names.in_json(&claims);
                let Some([own_header, own_claims]) = jwt(own) else {
                    found.push(format!("{place}: no JWT"));
                    return;
                };
                body(&format!("{place}/header"), &header, &own_header, known, found);
                body(&format!("{place}/claims"), &claims, &own_claims, known, found);
            }
            if !learned(theirs, own, known) {
                found.push(format!("{place}: another value than before"));
            }
        }
        // Seconds have ten digits, milliseconds thirteen.
        (Value::Number(theirs), Value::Number(own))
            if theirs.to_string().len() == own.to_string().len() => {}
        _ => found.push(format!("{place}: {own} instead of {theirs}")),
    }
}

/// Remembers a pair; a value that was met before must stand for the same one again.
fn learned(theirs: &str, own: &str, known: &mut Known<'_>) -> bool {
    match known.pairs.iter().find(|(recorded, _)| recorded == theirs) {
        Some((_, before)) => before == own,
        None => {
            known.pairs.push((theirs.to_owned(), own.to_owned()));
            true
        }
    }
}
