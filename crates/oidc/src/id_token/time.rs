//! Points in time as claims write them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::jose::Member;

/// Seconds since 1970 above this (the year 5138) are milliseconds: AM writes `auth:time` so after a
/// refresh (seen on OpenAM 16.0.5).
const MILLISECONDS_FROM: f64 = 1e11;

/// Reads a NumericDate (RFC 7519 section 2), in seconds since 1970.
pub(crate) fn numeric_date(claim: &Member<'_>) -> Option<f64> {
    claim.as_f64().filter(|it| it.is_finite())
}

/// Returns when the user signed in: `auth_time`, else AM's own `auth:time`.
pub(crate) fn auth_time(standard: Option<&Member<'_>>, own: Option<&Member<'_>>) -> Option<f64> {
    let time = standard.and_then(numeric_date).or_else(|| numeric_date(own?))?;
    Some(if time > MILLISECONDS_FROM { time / 1000.0 } else { time })
}

pub(crate) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Says how far the two clocks are apart, to be added to an error; empty when nothing is known.
pub(crate) fn difference(ours: SystemTime, theirs: Option<SystemTime>) -> String {
    let Some(theirs) = theirs else { return String::new() };
    let (amount, word) = match theirs.duration_since(ours) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    // A Date header has whole seconds and has travelled, so a little means nothing.
    match amount < Duration::from_secs(2) {
        true => "; the server's clock agrees with this one".to_owned(),
        false => format!("; the server's clock is {} s {word} this one", amount.as_secs()),
    }
}
