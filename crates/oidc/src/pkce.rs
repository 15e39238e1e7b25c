//! Proof key for code exchange (RFC 7636), by S256 and nothing else.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::{error::Error, random};

/// A fresh verifier and its challenge.
pub(crate) struct Pkce {
    pub(crate) verifier: SecretString,
    pub(crate) challenge: String,
}

impl Pkce {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self::from_verifier(random::token()?))
    }

    fn from_verifier(verifier: SecretString) -> Self {
        let hash = digest::digest(&digest::SHA256, verifier.expose_secret().as_bytes());
        Self { challenge: URL_SAFE_NO_PAD.encode(hash), verifier }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let pkce = Pkce::from_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn ten_thousand_verifiers_are_all_different_and_well_formed() {
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let verifier = Pkce::new().unwrap().verifier;
            let text = verifier.expose_secret();
            assert_eq!(text.len(), 43);
            assert!(text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)));
            assert!(seen.insert(text.to_owned()));
        }
    }
}
