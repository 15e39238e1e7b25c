//! Whom a token is for.

use serde_json::Value;

use crate::jose::Member;

/// Gives the names in `aud`, which may be one or several; what is no text is none.
pub(super) fn names<'a>(
    audience: Option<&'a Member<'_>>,
) -> impl Iterator<Item = Option<&'a str>> + Clone {
    let (one, several) = match audience {
        Some(Member::Other(Value::Array(several))) => (None, several.as_slice()),
        one => (one, [].as_slice()),
    };
    one.map(Member::as_str).into_iter().chain(several.iter().map(Value::as_str))
}
