//! Bytes that are wiped when they are no longer needed.

use std::io;

use zeroize::Zeroize;

/// Secret bytes: wiped on drop, redacted in `Debug`.
///
/// Made from a `Vec<u8>` by `into()`; give it a vector without spare capacity
/// (`Vec::with_capacity(exact)`), because shrinking one may leave an unwiped copy behind.
///
/// ```
/// use journey_storage::SecretBytes;
/// use secrecy::ExposeSecret;
///
/// let value = SecretBytes::from(b"token".to_vec());
/// assert_eq!(value.expose_secret(), b"token");
/// assert!(!format!("{value:?}").contains("token"));
/// ```
pub type SecretBytes = secrecy::SecretSlice<u8>;

/// A growing buffer that wipes what it outgrows, for serializers.
#[derive(Default)]
pub(crate) struct SecretWriter(Vec<u8>);

impl SecretWriter {
    pub(crate) fn into_secret(mut self) -> SecretBytes {
        let exact = copy_of(&self.0);
        self.0.zeroize();
        exact
    }
}

impl io::Write for SecretWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let mut larger = Vec::with_capacity(needed.max(self.0.capacity() * 2).max(256));
            larger.extend_from_slice(&self.0);
            self.0.zeroize();
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for SecretWriter {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Copies into an allocation of exactly the right size.
pub(crate) fn copy_of(bytes: &[u8]) -> SecretBytes {
    SecretBytes::from(Box::<[u8]>::from(bytes))
}
