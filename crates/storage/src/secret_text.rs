//! Lets a [`Slot`](crate::Slot)'s value hold secrets: `#[serde(with = "journey_storage::secret_text")]`.
//!
//! `SecretString` refuses to be serialized by accident. This module is how a record says that it
//! means to, field by field. The buffers of a slot are wiped.
//!
//! ```
//! use secrecy::{ExposeSecret, SecretString};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Record {
//!     #[serde(with = "journey_storage::secret_text")]
//!     access: SecretString,
//!     #[serde(with = "journey_storage::secret_text::option", default)]
//!     refresh: Option<SecretString>,
//! }
//!
//! let record = Record { access: "value".into(), refresh: None };
//! let text = serde_json::to_string(&record)?;
//! let again: Record = serde_json::from_str(&text)?;
//! assert_eq!(again.access.expose_secret(), "value");
//! assert!(again.refresh.is_none());
//! # Ok::<(), serde_json::Error>(())
//! ```

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serializer};

/// Writes a secret in plain text, for a store to seal.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// Reads a secret.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// The same for a secret that may be missing.
pub mod option {
    use secrecy::{ExposeSecret, SecretString};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes a secret in plain text or nothing, for a store to seal.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        secret: &Option<SecretString>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(|it| it.expose_secret()).serialize(serializer)
    }

    /// Reads a secret or nothing.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SecretString>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
    }
}
