//! An entry as a file: its name and its content.

use std::fmt::Write as _;

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::secret::copy_of;
use crate::{Error, ErrorKind, Key, KeyPrefix, SecretBytes};

/// Where an entry belongs: the hash of its key. What was written for one place is refused in
/// another.
pub(super) type Place = [u8; 32];

pub(super) fn place(key: &Key) -> Place {
    key.place().and_then(unhex).unwrap_or_else(|| Sha256::digest(key.as_str()).into())
}

/// What tokens in this place are called when they can't tell their own name.
pub(super) fn unread(account: &KeyPrefix, place: &Place) -> Key {
    Key::unread(account, &hex(place))
}

/// Whether no later try of this program would read the entry either.
pub(super) fn is_unreadable(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NewerVersion)
}

/// A file's name: which account, which group of entries, which entry.
///
/// The first two let a listing skip the files that are none of its business unread.
pub(super) fn file_name(key: &Key) -> String {
    format!("{}-{}-{}", short(key.account_scope()), short(key.group()), hex(&place(key)))
}

/// The place that a file's name stands for, if it could hold an entry with this prefix.
pub(super) fn place_if_listed(name: &str, prefix: &KeyPrefix) -> Option<Place> {
    let mut parts = name.split('-');
    let (scope, group, place) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if prefix.account_scope().is_some_and(|it| short(it) != scope) {
        return None;
    }
    if prefix.group().is_some_and(|it| short(it) != group) {
        return None;
    }
    unhex(place)
}

/// Puts the key before the value, so that a listing can tell the key.
pub(super) fn body(key: &Key, value: &SecretBytes) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (key, value) = (key.as_str().as_bytes(), value.expose_secret());
    let length = u32::try_from(key.len())
        .map_err(|_| Error::new(ErrorKind::Unsupported, "the key is too long to be stored"))?;
    let mut body = Zeroizing::new(Vec::with_capacity(4 + key.len() + value.len()));
    body.extend_from_slice(&length.to_be_bytes());
    body.extend_from_slice(key);
    body.extend_from_slice(value);
    Ok(body)
}

/// Takes apart what [`body`] made, or `None` if it is for another place.
pub(super) fn parse(body: &[u8], expected: &Place) -> Option<(Key, SecretBytes)> {
    let (length, rest) = body.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (key, value) = rest.split_at_checked(length)?;
    let key = Key::parse(str::from_utf8(key).ok()?)?;
    (place(&key) == *expected).then(|| (key, copy_of(value)))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Place> {
    let mut place = Place::default();
    if text.len() != place.len() * 2 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in place.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
    }
    (hex(&place) == text).then_some(place)
}

fn short(text: &str) -> String {
    hex(&Sha256::digest(text)[..8])
}
