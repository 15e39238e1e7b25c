//! The claims of a verified id_token, kept as the text that was signed.

use std::sync::Arc;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::Error as _,
    ser::{Error as _, SerializeMap},
};
use serde_json::{Map, Value, value::RawValue};

use crate::{
    id_token::named::Named,
    jose::{self, Members},
};

/// Claims that are read when somebody asks for them; none without an id_token.
///
/// Most callers want the access token and nothing else, and a map of all claims costs more than the
/// checks.
#[derive(Clone, Default)]
pub(crate) struct IdClaims(Option<Arc<[u8]>>);

impl IdClaims {
    /// Keeps the JSON object of a verified token.
    pub(crate) fn of(payload: &[u8]) -> Self {
        Self(Some(payload.into()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Reads those that are checked.
    pub(crate) fn named(&self) -> Option<Named<'_>> {
        Named::read(self.0.as_deref()?)
    }

    /// Reads all.
    pub(crate) fn to_map(&self) -> Map<String, Value> {
        self.0.as_deref().and_then(jose::object).unwrap_or_default()
    }
}

/// Writes the object that a map of the claims would be.
impl Serialize for IdClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(payload) => {
                let text: &RawValue = serde_json::from_slice(payload).map_err(S::Error::custom)?;
                text.serialize(serializer)
            }
            None => serializer.serialize_map(Some(0))?.end(),
        }
    }
}

impl<'de> Deserialize<'de> for IdClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let claims = Self::of(raw.get().as_bytes());
        if claims.named().is_none() {
            return Err(D::Error::custom("the claims are no JSON object"));
        }
        let is_empty = raw.get().trim_matches(['{', '}']).trim_ascii().is_empty();
        Ok(if is_empty { Self::default() } else { claims })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Option<IdClaims> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn claims_are_written_as_they_were_signed_and_read_as_they_were_written() {
        let signed = r#"{ "sub":"\u0062jensen", "x":[0.1234567890123456789, {"b":1,"a":null}]}"#;
        let claims = IdClaims::of(signed.as_bytes());
        assert_eq!(serde_json::to_string(&claims).unwrap(), signed);
        let again = read(signed).unwrap();
        assert_eq!(again.named().unwrap().sub.unwrap().as_str(), Some("bjensen"));
        let map: Map<String, Value> = serde_json::from_str(signed).unwrap();
        assert_eq!((claims.to_map(), again.to_map()), (map.clone(), map));
    }

    #[test]
    fn no_claims_are_an_empty_object() {
        assert_eq!(serde_json::to_string(&IdClaims::default()).unwrap(), "{}");
        assert!(IdClaims::default().named().is_none());
        for text in ["{}", "{ \n}"] {
            assert!(read(text).unwrap().is_empty(), "{text}");
        }
        assert!(!read(r#"{"":{}}"#).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_object_is_not_read() {
        for value in [json!(null), json!("{}"), json!([]), json!(7)] {
            assert!(read(&value.to_string()).is_none(), "{value}");
        }
        for text in [r#"{"sub":"a","sub":"b"}"#, r#"{"exp":1e999}"#, r#"{"x":"\ud800"}"#] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
