//! Random values that nobody can guess.

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;

use crate::error::{Error, ErrorKind};

/// Makes 256 random bits as 43 characters of base64url, fit for state, nonce and verifier.
pub(crate) fn token() -> Result<SecretString, Error> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| {
        Error::new(ErrorKind::Cryptography, "the operating system gave no random numbers")
    })?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
}
