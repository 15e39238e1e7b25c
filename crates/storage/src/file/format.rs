//! What is inside a file: sealed, or readable with a checksum.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, SealingKey};

const PLAIN: [u8; 5] = *b"JNYP\x01";
const CHECKSUM: usize = 32;

/// How the files of a store are written.
#[derive(Clone, Debug)]
pub(super) enum Format {
    Sealed(SealingKey),
    Plain,
}

impl Format {
    /// Encodes a file's content so that it is accepted in one place only.
    pub(super) fn encode(&self, place: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match self {
            Self::Sealed(key) => key.seal(place, body).map(Zeroizing::new),
            Self::Plain => {
                let mut content = Vec::with_capacity(PLAIN.len() + CHECKSUM + body.len());
                content.extend_from_slice(&PLAIN);
                content.extend_from_slice(&checksum(place, body));
                content.extend_from_slice(body);
                Ok(Zeroizing::new(content))
            }
        }
    }

    /// Decodes what was encoded for `place`.
    pub(super) fn decode(&self, place: &[u8], content: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match self {
            Self::Sealed(key) => key.open(place, content),
            Self::Plain => content
                .strip_prefix(&PLAIN)
                .and_then(|it| it.split_first_chunk::<CHECKSUM>())
                .filter(|(sum, body)| **sum == checksum(place, body))
                .map(|(_, body)| Zeroizing::new(body.to_vec()))
                .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the stored value is damaged")),
        }
    }

    /// Whether a store's header is of the other kind, sealed or plain.
    pub(super) fn is_other_kind(&self, header: &[u8]) -> bool {
        match self {
            Self::Sealed(_) => header.starts_with(&PLAIN[..4]),
            Self::Plain => header.starts_with(&crate::sealing::MAGIC),
        }
    }
}

fn checksum(place: &[u8], body: &[u8]) -> [u8; CHECKSUM] {
    let mut digest = Sha256::new();
    digest.update(place);
    digest.update(body);
    digest.finalize().into()
}
