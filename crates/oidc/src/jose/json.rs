//! JSON objects in which no name stands twice.
//!
//! Two readers of `{"sub":"a","sub":"b"}` may see two users, so such an object is none
//! (RFC 8725 section 2.4 tells of the attacks; RFC 7519 section 4 lets a reader refuse it).

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value, value::RawValue};

/// Reads a JSON object; none when it is something else or names a member twice at any depth.
pub(crate) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    read(bytes, Entries)
}

/// Reads a field of a larger JSON text as [`object`] reads a whole one.
///
/// Read as a [`Value`], the field may be refused although it came from a text of its own: serde_json
/// takes names that begin with `$serde_json::private` for its own there, and counts the depth from the
/// outermost object on.
pub(crate) fn object_within<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    object(raw.get().as_bytes()).ok_or_else(|| D::Error::custom("the field is no JSON object"))
}

/// Reads one JSON value and nothing behind it.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: S) -> Option<S::Value> {
    // Looked through once here, or serde_json would look through each text by itself.
    let text = std::str::from_utf8(bytes).ok()?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

/// A value; a text is copied only when something in it stands for something else.
#[derive(PartialEq)]
pub(crate) enum Member<'de> {
    Text(Cow<'de, str>),
    Other(Value),
}

impl Member<'_> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Text(_) => None,
            Self::Other(value) => value.as_f64(),
        }
    }
}

impl From<Member<'_>> for Value {
    fn from(member: Member<'_>) -> Self {
        match member {
            Member::Text(text) => text.into(),
            Member::Other(value) => value,
        }
    }
}

/// Reads any value, in which no name stands twice.
pub(super) struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Member<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated names")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Member<'de>, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Member<'de>, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Member<'de>, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Member<'de>, E> {
        Ok(Member::Other(value.into()))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Member<'de>, E> {
        Ok(Member::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Member<'de>, E> {
        Ok(Member::Text(value.to_owned().into()))
    }

    fn visit_unit<E>(self) -> Result<Member<'de>, E> {
        Ok(Member::Other(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Member<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(Value::from(item));
        }
        Ok(Member::Other(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Member<'de>, A::Error> {
        let object = Entries.visit_map(members)?;
        match number(&object) {
            None => Ok(Member::Other(object.into())),
            Some(number) if number.as_f64().is_some() => Ok(Member::Other(number.into())),
            Some(_) => Err(A::Error::custom("a number is out of range")),
        }
    }
}

/// Where any crate of a program has switched on serde_json's `arbitrary_precision`, a number that is no
/// 64-bit integer comes as an object of this one member, its value the number's own text.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads the number that such an object stands for, with or without that feature: what a token says
/// must not depend on the other crates of a program.
fn number(object: &Map<String, Value>) -> Option<Number> {
    let text = object.get(NUMBER).filter(|_| object.len() == 1)?.as_str()?;
    text.parse().ok()
}

/// Reads an object, in which no name stands twice.
struct Entries;

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without repeated names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict)?;
            if object.insert(name, value.into()).is_some() {
                return Err(repeated());
            }
        }
        Ok(object)
    }
}

pub(super) fn repeated<E: Error>() -> E {
    E::custom("a name stands twice")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_read_as_serde_json_reads_it() {
        let text = r#"{"a":[1,-2,3.5,"x",null,true,{"b":{}}],"c":18446744073709551615}"#;
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(object(text.as_bytes()).map(Value::Object), Some(expected));
    }

    /// As serde_json hands them on with `arbitrary_precision`, which these tests are built without.
    #[test]
    fn a_number_is_one_in_whatever_form_serde_json_hands_it_on() {
        let read = |text: &str| object(format!(r#"{{"a":[{{"{NUMBER}":{text}}}]}}"#).as_bytes());
        let holds = |value: Value| json!({ "a": [value] }).as_object().cloned();
        assert_eq!(read(r#""1800000000.25""#), holds(json!(1_800_000_000.25)));
        assert_eq!(read(r#""-0.0015""#), holds(json!(-0.0015)));
        for other in [r#""""#, r#""one""#, r#""1 ""#, r#""NaN""#, "null", r#""1","b":2"#] {
            let object = read(other).unwrap();
            assert!(object["a"][0].is_object(), "{other}");
        }
    }

    #[test]
    fn a_repeated_name_makes_it_no_object() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":[{"b":1,"\u0062":2}]}"#]
        {
            assert!(object(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        for text in ["", "[]", "1", "{}{}", "{} x", r#"{"a":}"#, "\u{feff}{}"] {
            assert!(object(text.as_bytes()).is_none(), "{text}");
        }
        assert!(object(&[b'[', b'['].repeat(100_000)).is_none());
    }

    #[test]
    fn text_that_is_not_utf8_is_refused() {
        assert!(object(b"{\"a\":\"\xc3\xa9\"}").is_some());
        assert!(object(b"{\"a\":\"\xc3\"}").is_none());
        assert!(object(b"{\"\xff\":1}").is_none());
    }
}
