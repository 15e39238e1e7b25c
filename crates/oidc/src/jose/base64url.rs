//! Base64 as JWS writes it (RFC 7515 section 2), read with the wide instructions of the machine.
//!
//! A token is a thousand characters: read one by one, they are a sixth of the work beside the
//! signature.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::sync::LazyLock;

use base64::Engine;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::URL_SAFE_NO_PAD as ENGINE;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::{Simd, general_purpose::NO_PAD};

/// Which instructions there are is asked for once.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static ENGINE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));

/// Reads a text without padding, behind what `bytes` hold already; none when it is no such text.
pub(super) fn decode(text: &str, bytes: &mut Vec<u8>) -> Option<()> {
    ENGINE.decode_vec(text, bytes).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn check(text: &str) {
        let mut bytes = b"before".to_vec();
        let read = decode(text, &mut bytes).map(|()| bytes.split_off(6));
        assert_eq!(read, URL_SAFE_NO_PAD.decode(text).ok(), "{text}");
        assert!(bytes.starts_with(b"before"));
    }

    #[test]
    fn every_character_in_every_place_is_read_or_refused_as_one_by_one() {
        let good = "AZaz09-_".repeat(20);
        for place in 0..good.len() {
            for other in (0..=127).map(char::from).chain(['\u{e9}', '\u{20ac}']) {
                check(&format!("{}{other}{}", &good[..place], &good[place + 1..]));
            }
        }
    }

    #[test]
    fn every_length_and_every_end_is_read_or_refused_as_one_by_one() {
        let good = "AZaz09-_".repeat(20);
        for length in 0..good.len() {
            for end in ["", "A", "B", "Q", "g", "_", "=", "=="] {
                check(&format!("{}{end}", &good[..length]));
            }
        }
    }
}
