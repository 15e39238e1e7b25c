//! JSON that may hold a secret, written without leaving a copy behind.

use secrecy::SecretString;
use serde::Serialize;

/// Writes a value as JSON, behind texts that stay as they are.
pub(crate) fn write(
    before: &[&str],
    value: &(impl Serialize + ?Sized),
) -> serde_json::Result<SecretString> {
    // What serde_json writes is UTF-8, as the texts before are.
    Ok(String::from_utf8(bytes(before, value)?).unwrap_or_default().into())
}

/// Measured first: a buffer that grows or shrinks on the way may leave its content in freed memory,
/// which nobody wipes.
fn bytes(before: &[&str], value: &(impl Serialize + ?Sized)) -> serde_json::Result<Vec<u8>> {
    let mut length = Length(before.iter().map(|it| it.len()).sum());
    serde_json::to_writer(&mut length, value)?;
    let mut bytes = Vec::with_capacity(length.0);
    for text in before {
        bytes.extend_from_slice(text.as_bytes());
    }
    serde_json::to_writer(&mut bytes, value)?;
    Ok(bytes)
}

struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_buffer_never_grows_or_shrinks() {
        for text in ["Passw0rd1", "\"\\\n\u{1}ä€😀", &"\"x".repeat(5000)] {
            let written = bytes(&["head\n", text], &[text]).unwrap();
            assert_eq!(written.capacity(), written.len());
        }
    }

    #[test]
    fn a_value_stands_behind_the_texts() {
        assert_eq!(write(&["a ", "b\n"], "c\"").unwrap().expose_secret(), "a b\n\"c\\\"\"");
    }

    #[test]
    fn what_json_can_not_say_is_refused() {
        assert!(write(&[], &BTreeMap::from([([1], 2)])).is_err());
    }
}
