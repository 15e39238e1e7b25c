//! What a token says of itself (RFC 7515 section 4).

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, MapAccess, Visitor},
};

use crate::jose::json::{self, Member, Strict};

/// A header, of which nothing is copied that stands in it as it is meant.
#[derive(Default)]
pub(super) struct Header<'de> {
    pub(super) algorithm: Option<Member<'de>>,
    pub(super) kid: Option<Member<'de>>,
    pub(super) is_critical: bool,
}

impl<'de> Header<'de> {
    /// Reads a JSON object; none when it is something else or names a member twice at any depth.
    pub(super) fn read(bytes: &'de [u8]) -> Option<Self> {
        json::read(bytes, Members)
    }
}

struct Members;

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for Members {
    type Value = Header<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Header<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Header<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header without repeated names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Header<'de>, A::Error> {
        let mut header = Header::default();
        let mut kind = None;
        let mut others = BTreeSet::new();
        while let Some(Name(name)) = members.next_key()? {
            let value = members.next_value_seed(Strict)?;
            // AM's headers have these three; names of others are only kept to find a repeated one.
            let is_repeated = match name.as_ref() {
                "alg" => header.algorithm.replace(value).is_some(),
                "kid" => header.kid.replace(value).is_some(),
                "typ" => kind.replace(value).is_some(),
                _ => !others.insert(name.into_owned()),
            };
            if is_repeated {
                return Err(json::repeated());
            }
        }
        header.is_critical = others.contains("crit");
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(member: &'a Option<Member<'_>>) -> Option<&'a str> {
        match member {
            Some(Member::Text(text)) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn the_members_are_read_as_they_are_meant() {
        let bytes = br#"{"typ":"JWT","\u006bid":"a\/b","alg":"RS256","x5c":["x",{"a":1}]}"#;
        let header = Header::read(bytes).unwrap();
        assert_eq!(text(&header.algorithm), Some("RS256"));
        assert_eq!(text(&header.kid), Some("a/b"));
        assert!(!header.is_critical);
        let header = Header::read(br#"{"alg":null,"\u0063rit":null}"#).unwrap();
        assert!(matches!(header.algorithm, Some(Member::Other(_))));
        assert!(header.kid.is_none());
        assert!(header.is_critical);
    }

    #[test]
    fn a_repeated_name_makes_it_no_header() {
        for text in [
            r#"{"alg":"RS256","alg":"RS256"}"#,
            r#"{"kid":"a","\u006bid":"b"}"#,
            r#"{"typ":1,"typ":2}"#,
            r#"{"x":1,"alg":"RS256","x":2}"#,
            r#"{"crit":[],"crit":[]}"#,
            r#"{"jwk":{"kty":"RSA","kty":"EC"}}"#,
            r#"{"alg":{"a":1,"a":2}}"#,
        ] {
            assert!(Header::read(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn anything_but_one_object_is_no_header() {
        for text in ["", "[]", "1", "null", r#""alg""#, "{}{}", r#"{"alg":}"#, "\u{feff}{}"] {
            assert!(Header::read(text.as_bytes()).is_none(), "{text}");
        }
        let deep = [br#"{"x":"#.as_slice(), &[b'['; 100_000]].concat();
        assert!(Header::read(&deep).is_none());
    }
}
