//! Authenticated encryption of values.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Key as CipherKey, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::secret::copy_of;
use crate::{Error, ErrorKind, SecretBytes};

pub(crate) const MAGIC: [u8; 4] = *b"JNYS";
const VERSION: u8 = 1;
const KEY_ID: usize = 16;
const NONCE: usize = 24;
const TAG: usize = 16;
/// Magic, version and key id: in the clear, but authenticated.
const HEADER: usize = MAGIC.len() + 1 + KEY_ID;

/// The 32-byte key that seals a store; wiped on drop, never shown.
///
/// Keep it apart from the store: whoever has both can use the login. Clones share one copy.
///
/// ```
/// use journey_storage::SealingKey;
///
/// let key = SealingKey::generate()?;
/// let again = SealingKey::from_bytes(&key.to_bytes())?;
/// assert_eq!(key.id(), again.id());
/// assert_ne!(key.id(), SealingKey::generate()?.id());
/// # Ok::<(), journey_storage::Error>(())
/// ```
#[derive(Clone)]
pub struct SealingKey {
    bytes: Arc<SecretBox<[u8; 32]>>,
    id: KeyId,
}

/// Tells sealing keys apart without giving them away.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; KEY_ID]);

impl SealingKey {
    /// The length of a key, in bytes.
    pub const LENGTH: usize = 32;

    /// Makes a new key from the operating system's random numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the system has none to give.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        random(bytes.as_mut_slice())?;
        Ok(Self::new(&bytes))
    }

    /// Takes over a key that was made before.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when it does not have 32 bytes.
    pub fn from_bytes(bytes: &SecretBytes) -> Result<Self, Error> {
        let bytes = bytes.expose_secret().try_into().map_err(|_| {
            Error::new(ErrorKind::Unsupported, "a sealing key must have exactly 32 bytes")
        })?;
        Ok(Self::new(bytes))
    }

    /// The key's bytes, to be kept somewhere safe.
    pub fn to_bytes(&self) -> SecretBytes {
        copy_of(self.bytes.expose_secret())
    }

    /// Tells this key from others.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        let mut boxed = Box::new([0; Self::LENGTH]);
        boxed.copy_from_slice(bytes);
        let mut digest = Sha256::new();
        digest.update(b"journey-storage key id\0");
        digest.update(bytes);
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest.finalize()[..KEY_ID]);
        Self { bytes: Arc::new(SecretBox::new(boxed)), id: KeyId(id) }
    }

    /// Seals a value for one place: it opens with the same `place` only.
    ///
    /// For what is kept outside of a store, such as a half-done journey that a web page carries.
    ///
    /// ```
    /// use journey_storage::SealingKey;
    ///
    /// let key = SealingKey::generate()?;
    /// let sealed = key.seal(b"a place", b"a secret")?;
    /// assert_eq!(&**key.open(b"a place", &sealed)?, b"a secret");
    /// assert!(key.open(b"another place", &sealed).is_err());
    /// # Ok::<(), journey_storage::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the system has no random numbers, and
    /// [`ErrorKind::Unsupported`] when the value is too long.
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE];
        random(&mut nonce)?;
        let header = self.header();
        let mut buffer = Vec::with_capacity(plain.len() + TAG);
        buffer.extend_from_slice(plain);
        self.cipher()
            .encrypt_in_place(&XNonce::from(nonce), &associated(&header, place), &mut buffer)
            .map_err(|_| {
                buffer.zeroize();
                Error::new(ErrorKind::Unsupported, "the value is too long to be sealed")
            })?;
        Ok([&header, &nonce[..], &buffer].concat())
    }

    /// Opens what was sealed for `place`. What it returns is wiped when dropped.
    ///
    /// # Errors
    /// [`ErrorKind::WrongKey`] when another key sealed it, [`ErrorKind::Corrupt`] when it was changed,
    /// cut, or sealed for another place.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (header, rest) = sealed.split_at_checked(HEADER).ok_or_else(damaged)?;
        match sealed_by(sealed)? {
            id if id == self.id => {}
            _ => return Err(wrong_key()),
        }
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let mut plain = Zeroizing::new(body.to_vec());
        self.cipher()
            .decrypt_in_place(&XNonce::from(*nonce), &associated(header, place), &mut *plain)
            .map_err(|_| damaged())?;
        Ok(plain)
    }

    fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..MAGIC.len()].copy_from_slice(&MAGIC);
        header[MAGIC.len()] = VERSION;
        header[MAGIC.len() + 1..].copy_from_slice(&self.id.0);
        header
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let mut key = CipherKey::from(*self.bytes.expose_secret());
        let cipher = XChaCha20Poly1305::new(&key);
        key.zeroize();
        cipher
    }
}

impl KeyId {
    /// The id's bytes; no secret.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Reads the header of something sealed: by which key?
pub(crate) fn sealed_by(sealed: &[u8]) -> Result<KeyId, Error> {
    let rest = sealed.strip_prefix(&MAGIC).ok_or_else(damaged)?;
    let (version, rest) = rest.split_first().ok_or_else(damaged)?;
    if *version > VERSION {
        return Err(Error::new(
            ErrorKind::NewerVersion,
            "the store was written by a newer release",
        ));
    }
    if *version < VERSION {
        return Err(damaged());
    }
    rest.first_chunk().copied().map(KeyId).ok_or_else(damaged)
}

/// The header and the place, so that neither can be exchanged.
fn associated(header: &[u8], place: &[u8]) -> Vec<u8> {
    [header, place].concat()
}

pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|error| {
        Error::new(ErrorKind::Unavailable, "the system gave no random numbers").with_source(error)
    })
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the stored value is damaged")
}

pub(crate) fn wrong_key() -> Error {
    Error::new(ErrorKind::WrongKey, "the stored value was sealed with another key")
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_byte_is_noticed() {
        let key = SealingKey::generate().unwrap();
        let sealed = key.seal(b"place", b"value").unwrap();
        assert_eq!(*key.open(b"place", &sealed).unwrap(), b"value");

        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[index] ^= 1 << bit;
                assert!(key.open(b"place", &changed).is_err(), "byte {index}, bit {bit}");
            }
        }
        for length in 0..sealed.len() {
            let error = key.open(b"place", &sealed[..length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{length} bytes");
        }
    }

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let key = SealingKey::generate().unwrap();
        let sealed = key.seal(b"here", b"value").unwrap();

        assert_eq!(key.open(b"there", &sealed).unwrap_err().kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn a_wrong_key_is_not_mistaken_for_damage() {
        let sealed = SealingKey::generate().unwrap().seal(b"place", b"value").unwrap();
        let other = SealingKey::generate().unwrap();

        assert_eq!(other.open(b"place", &sealed).unwrap_err().kind(), ErrorKind::WrongKey);
    }

    #[test]
    fn the_same_value_is_never_sealed_alike() {
        let key = SealingKey::generate().unwrap();

        assert_ne!(key.seal(b"p", b"value").unwrap(), key.seal(b"p", b"value").unwrap());
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SealingKey::new(&[0xab; 32]);

        assert!(!format!("{key:?}").contains("abab"));
        assert!(!format!("{key:?}").contains("171, 171"));
    }
}
