//! One-time codes of authenticator apps (RFC 6238).

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;

use crate::encoding::{component, random_bytes};

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PERIOD: u64 = 30;

/// Computes the six digits that an authenticator app shows at a time.
///
/// `secret` is what the `otpauth` URI names, in base32; `None` when it is not.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use journey_testkit::sim::totp_code;
///
/// // The first vector of RFC 6238, in six digits.
/// let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// let code = totp_code(secret, UNIX_EPOCH + Duration::from_secs(59));
/// assert_eq!(code.as_deref(), Some("287082"));
/// ```
pub fn totp_code(secret: &str, now: SystemTime) -> Option<String> {
    let seconds = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    code_of_step(secret, seconds / PERIOD)
}

/// Takes the code of now and of its neighbors: clocks differ.
pub(crate) fn is_code(secret: &str, code: &str, now: SystemTime) -> bool {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let step = seconds / PERIOD;
    [step.saturating_sub(1), step, step + 1]
        .into_iter()
        .any(|step| code_of_step(secret, step).as_deref() == Some(code))
}

pub(crate) fn new_secret() -> String {
    base32(&random_bytes::<16>())
}

/// The padding belongs to it: AM sends it, and an app must cope.
pub(crate) fn uri(issuer: &str, username: &str, secret: &str) -> String {
    let (issuer, username) = (component(issuer), component(username));
    format!(
        "otpauth://totp/{issuer}:{username}?secret={secret}======&issuer={issuer}&digits=6\
         &period={PERIOD}"
    )
}

fn code_of_step(secret: &str, step: u64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &from_base32(secret)?);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last()? & 15);
    let word = tag.get(offset..offset + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000))
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + chunk.len()].copy_from_slice(chunk);
        let word = u64::from_be_bytes(padded);
        for index in 0..(chunk.len() * 8).div_ceil(5) {
            let five = (word >> (35 - 5 * index)) & 31;
            text.push(char::from(ALPHABET[five as usize]));
        }
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut word, mut bits) = (Vec::new(), 0u32, 0);
    for character in text.trim_end_matches('=').bytes() {
        let five = ALPHABET.iter().position(|it| *it == character.to_ascii_uppercase())?;
        word = (word << 5) | u32::try_from(five).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((word >> bits) & 255).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_goes_there_and_back() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        for length in 0..12u8 {
            let bytes: Vec<u8> = (0..length).map(|it: u8| it.wrapping_mul(37)).collect();
            assert_eq!(from_base32(&base32(&bytes)), Some(bytes));
        }
        assert_eq!(from_base32("1"), None);
    }

    #[test]
    fn a_code_is_good_half_a_minute_before_and_after() {
        let secret = new_secret();
        let at = |seconds| UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let code = totp_code(&secret, at(3_000)).unwrap();
        assert!(is_code(&secret, &code, at(3_059)));
        assert!(!is_code(&secret, &code, at(3_061)));
    }
}
