//! The claims of an id_token that are checked.

use serde_json::{Map, Value};

/// The claims that are looked at.
///
/// They are picked in one pass: looked for one by one, names would be compared dozens of times.
#[derive(Default)]
pub(super) struct Named<'a> {
    pub(super) iss: Option<&'a Value>,
    pub(super) aud: Option<&'a Value>,
    pub(super) azp: Option<&'a Value>,
    pub(super) sub: Option<&'a Value>,
    pub(super) exp: Option<&'a Value>,
    pub(super) iat: Option<&'a Value>,
    pub(super) nbf: Option<&'a Value>,
    pub(super) nonce: Option<&'a Value>,
    pub(super) at_hash: Option<&'a Value>,
    pub(super) c_hash: Option<&'a Value>,
    pub(super) acr: Option<&'a Value>,
    pub(super) auth_time: Option<&'a Value>,
    /// AM's own `auth:time`.
    pub(super) am_auth_time: Option<&'a Value>,
}

impl<'a> Named<'a> {
    pub(super) fn of(claims: &'a Map<String, Value>) -> Self {
        let mut named = Self::default();
        for (name, value) in claims {
            let place = match name.as_str() {
                "iss" => &mut named.iss,
                "aud" => &mut named.aud,
                "azp" => &mut named.azp,
                "sub" => &mut named.sub,
                "exp" => &mut named.exp,
                "iat" => &mut named.iat,
                "nbf" => &mut named.nbf,
                "nonce" => &mut named.nonce,
                "at_hash" => &mut named.at_hash,
                "c_hash" => &mut named.c_hash,
                "acr" => &mut named.acr,
                "auth_time" => &mut named.auth_time,
                "auth:time" => &mut named.am_auth_time,
                _ => continue,
            };
            *place = Some(value);
        }
        named
    }
}
