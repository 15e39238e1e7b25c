//! The members of a JSON object that somebody looks for, read without copies.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, MapAccess, Visitor},
};

use crate::jose::json::{self, Member, Strict};

/// Members that are looked for; a struct that [`members!`] makes.
///
/// The others are read as strictly, but not kept: who looks for a dozen members has them in half the
/// time that a map of all takes.
pub(crate) trait Members<'de>: Default {
    /// Returns where the member of this name belongs; none when nobody looks for it.
    fn place(&mut self, name: &str) -> Option<&mut Option<Member<'de>>>;

    /// Reads a JSON object; none when it is something else or names a member twice at any depth.
    fn read(bytes: &'de [u8]) -> Option<Self> {
        let mut members = Self::default();
        json::read(bytes, Object(&mut members, PhantomData))?;
        Some(members)
    }
}

/// Makes a struct of members, each with its name in the object, so that no name is written twice.
macro_rules! members {
    ($(#[$about:meta])* $type:ident { $($(#[$what:meta])* $field:ident: $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Default)]
        pub(crate) struct $type<'de> {
            $($(#[$what])* pub(crate) $field: Option<$crate::jose::Member<'de>>,)+
        }

        impl<'de> $crate::jose::Members<'de> for $type<'de> {
            fn place(&mut self, name: &str) -> Option<&mut Option<$crate::jose::Member<'de>>> {
                match name {
                    $($name => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use members;

struct Object<'a, 'de, M>(&'a mut M, PhantomData<&'de ()>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, M: Members<'de>> DeserializeSeed<'de> for Object<'_, 'de, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, M: Members<'de>> Visitor<'de> for Object<'_, 'de, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without repeated names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        // Kept to find a repeated one. Sorted at the end: a hostile object may have ten thousand.
        let mut others = Vec::with_capacity(8);
        while let Some(Name(name)) = object.next_key()? {
            let value = object.next_value_seed(Strict)?;
            match self.0.place(&name) {
                Some(place @ None) => *place = Some(value),
                Some(Some(_)) => return Err(json::repeated()),
                None => others.push(name),
            }
        }
        others.sort_unstable();
        match others.windows(2).any(|it| it[0] == it[1]) {
            true => Err(json::repeated()),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::jose::object;

    members! {
        Looked {
            sub: "sub",
            auth_time: "auth:time",
        }
    }

    /// What is read as a map is read this way, and the members are the same.
    fn check(text: &[u8]) -> bool {
        let (looked, map) = (Looked::read(text), object(text));
        assert_eq!(looked.is_some(), map.is_some(), "{}", text.escape_ascii());
        let (Some(looked), Some(map)) = (looked, map) else { return false };
        assert_eq!(looked.sub.map(Value::from).as_ref(), map.get("sub"));
        assert_eq!(looked.auth_time.map(Value::from).as_ref(), map.get("auth:time"));
        true
    }

    #[test]
    fn members_are_those_that_a_map_would_hold() {
        for value in [
            r#""text""#,
            r#""a\"b\u0000\ud83d\ude00""#,
            "null",
            "true",
            "0",
            "-1.5e-300",
            "18446744073709551616",
            "0.1234567890123456789",
            r#"["a",{"b":[]}]"#,
            r#"{"sub":{"sub":1}}"#,
        ] {
            for name in ["sub", "\\u0073ub", "auth:time", "other", "Sub", "sub ", ""] {
                let text = format!(" {{\"a\":1 ,\n\"{name}\": {value}, \"b\":[]}}\t");
                assert!(check(text.as_bytes()), "{text}");
            }
        }
        assert!(check(b"{}"));
    }

    #[test]
    fn a_repeated_name_makes_it_no_object_whether_it_is_looked_for_or_not() {
        for (first, second) in [("sub", "sub"), ("sub", "\\u0073ub"), ("x", "x"), ("", "")] {
            assert!(!check(format!(r#"{{"{first}":1,"y":2,"{second}":1}}"#).as_bytes()));
            assert!(!check(format!(r#"{{"sub":{{"{first}":1,"{second}":1}}}}"#).as_bytes()));
            assert!(!check(format!(r#"{{"x":[{{"{first}":1,"{second}":1}}]}}"#).as_bytes()));
        }
        let many = |last| (0..5000).chain([last]).map(|it| format!(r#""{it}":0"#));
        let object = |last| format!("{{{}}}", many(last).collect::<Vec<_>>().join(","));
        assert!(check(object(5000).as_bytes()));
        assert!(!check(object(2500).as_bytes()));
    }

    #[test]
    fn what_a_map_would_refuse_is_refused() {
        let deep = |depth| [b"{\"x\":".repeat(depth), b"1".to_vec(), b"}".repeat(depth)].concat();
        assert!(check(&deep(100)));
        assert!(!check(&deep(200)));
        for text in [
            "",
            "[]",
            "1",
            "null",
            "{}{}",
            "{} x",
            "{,}",
            r#"{"x":}"#,
            r#"{"x":1e999}"#,
            r#"{"x":"\ud800"}"#,
            "{\"x\":\"\n\"}",
            r#"{"x":01}"#,
            r#"{"x":1,}"#,
            r#"{"x"}"#,
            "{1:2}",
            "\u{feff}{}",
            r#"{"x":nul}"#,
        ] {
            assert!(!check(text.as_bytes()), "{text}");
        }
        assert!(!check(b"{\"x\":\"\xc3\"}"));
        assert!(!check(b"{\"\xff\":1}"));
    }
}
