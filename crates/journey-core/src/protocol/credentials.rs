//! Name and password in the headers of the first request.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::error::Error;

/// How many bytes fit into one encoded word: RFC 2047 section 2 allows 75 characters, 12 of them the frame's.
const WORD: usize = 45;

/// Signs in with the first request, without a page: name and password as two headers.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub(super) name: String,
    pub(super) password: SecretString,
}

impl Credentials {
    /// Adds the headers, marked as sensitive.
    pub(super) fn write(&self, headers: &mut HeaderMap) -> Result<(), Error> {
        headers.insert("X-OpenAM-Username", value(&self.name)?);
        headers.insert("X-OpenAM-Password", value(self.password.expose_secret())?);
        Ok(())
    }
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    // Plain text that looks like an encoded word would be decoded, and white space at the ends lost.
    let plain = text.bytes().all(|it| matches!(it, b' '..=b'~'))
        && !text.contains("=?")
        && text.trim() == text;
    let encoded;
    let text = if plain {
        text
    } else {
        encoded = encode(text);
        &encoded
    };
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Error::misuse("the name or the password does not fit into a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Writes RFC 2047 encoded words, as AM's Java mail library reads them. White space between words is no part
/// of the text; a character is never cut.
fn encode(text: &str) -> Zeroizing<String> {
    let mut words = Zeroizing::new(String::with_capacity(text.len() * 2 + 64));
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(WORD);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str("=?UTF-8?B?");
        STANDARD.encode_string(&rest[..end], &mut words);
        words.push_str("?=");
        rest = &rest[end..];
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let value = value(text).unwrap();
        assert!(value.is_sensitive());
        assert_eq!(value.to_str().unwrap(), expected);
    }

    #[test]
    fn plain_ascii_goes_as_it_is() {
        check("bjensen", "bjensen");
        check("pass word", "pass word");
        check("", "");
    }

    #[test]
    fn what_no_header_takes_goes_as_encoded_words() {
        check("Zoë", "=?UTF-8?B?Wm/Dqw==?=");
        check("a\nb", "=?UTF-8?B?YQpi?=");
        check(" a", "=?UTF-8?B?IGE=?=");
        check("=?x", "=?UTF-8?B?PT94?=");
    }

    #[test]
    fn long_texts_go_as_several_words_and_no_character_is_cut() {
        let text = "ä".repeat(30);
        let value = value(&text).unwrap();
        let words: Vec<_> = value.to_str().unwrap().split(' ').collect();
        assert_eq!(words.len(), 2);
        let decoded: String = words
            .iter()
            .map(|it| {
                assert!(it.len() <= 75, "{it}");
                let base64 = it.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
                String::from_utf8(STANDARD.decode(base64).unwrap()).unwrap()
            })
            .collect();
        assert_eq!(decoded, text);
    }
}
