//! One-time codes (RFC 6238), as an authenticator app makes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;

/// Seconds for which a code is good.
const PERIOD: u64 = 30;

/// The secret that an app keeps.
pub(crate) struct Authenticator(Vec<u8>);

impl Authenticator {
    /// Takes the secret out of a text that holds an `otpauth://` URI.
    pub(crate) fn scan(text: &str) -> Option<Self> {
        let uri = &text[text.find("otpauth://totp/")?..];
        let uri = &uri[..uri.find(['\'', '"'])?];
        let secret = &uri[uri.find("secret=")? + "secret=".len()..];
        let secret = secret.split('&').next()?;
        decode(secret.trim_end_matches('=')).map(Self)
    }

    /// Returns the code of this moment.
    pub(crate) fn code(&self) -> String {
        self.code_of(now() / PERIOD)
    }

    fn code_of(&self, period: u64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &period.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0xf);
        let bytes = [tag[offset] & 0x7f, tag[offset + 1], tag[offset + 2], tag[offset + 3]];
        format!("{:06}", u32::from_be_bytes(bytes) % 1_000_000)
    }
}

/// Waits until there is another code: a server takes one in each period.
pub(crate) async fn next_period() {
    tokio::time::sleep(Duration::from_secs(PERIOD - now() % PERIOD + 1)).await;
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Base32 (RFC 4648) without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let authenticator = Authenticator(b"12345678901234567890".to_vec());
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            assert_eq!(authenticator.code_of(time / PERIOD), code);
        }
    }

    #[test]
    fn the_secret_is_found_in_a_script() {
        let script =
            "createCode({ text: 'otpauth://totp/Example:u?secret=GEZDGNBV======&digits=6' });";
        assert_eq!(Authenticator::scan(script).unwrap().0, b"12345");
        assert!(Authenticator::scan("no uri").is_none());
    }
}
