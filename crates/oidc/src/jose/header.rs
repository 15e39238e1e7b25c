//! What a token says of itself (RFC 7515 section 4).

use crate::jose::members;

members! {
    /// The members of a header that are looked at.
    Header {
        algorithm: "alg",
        kid: "kid",
        critical: "crit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Member, Members};

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
        assert!(header.critical.is_none());
        let header = Header::read(br#"{"alg":null,"\u0063rit":null}"#).unwrap();
        assert!(matches!(header.algorithm, Some(Member::Other(_))));
        assert!(header.kid.is_none());
        assert!(header.critical.is_some());
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
