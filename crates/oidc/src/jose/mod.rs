//! Signed JSON (RFC 7515 to 7519), as far as OpenID Connect needs it.
//!
//! Only this folder knows the cryptography library.

mod algorithm;
mod base64url;
mod header;
mod json;
mod jwk;
mod jws;
mod members;
mod signer;

pub(crate) use algorithm::Algorithm;
pub(crate) use json::{Member, object, object_within};
pub(crate) use jwk::{Found, JwkSet, VerifyingKey};
pub(crate) use jws::Jws;
pub(crate) use members::{Members, members};
pub use signer::SigningKey;
pub(crate) use signer::sign;
