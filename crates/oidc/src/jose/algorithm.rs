//! The signature algorithms that are known here.

use aws_lc_rs::digest;

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
    EdDsa,
    Hs256,
}

/// Which keys an algorithm takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
    Secret,
}

impl Algorithm {
    /// Those by a public key: what an id_token may be signed with unless told otherwise.
    pub(crate) const ASYMMETRIC: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ASYMMETRIC.into_iter().chain([Self::Hs256]).find(|it| it.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    pub(crate) fn key_type(self) -> KeyType {
        match self {
            Self::Es256 => KeyType::P256,
            Self::Es384 => KeyType::P384,
            Self::Es512 => KeyType::P521,
            Self::EdDsa => KeyType::Ed25519,
            Self::Hs256 => KeyType::Secret,
            _ => KeyType::Rsa,
        }
    }

    /// Returns the hash that `at_hash` and `c_hash` are made with.
    ///
    /// Ed25519 hashes with SHA-512 inside, and so do the servers that sign with it here.
    pub(crate) fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::Rs384 | Self::Ps384 | Self::Es384 => &digest::SHA384,
            Self::Rs512 | Self::Ps512 | Self::Es512 | Self::EdDsa => &digest::SHA512,
            _ => &digest::SHA256,
        }
    }
}
