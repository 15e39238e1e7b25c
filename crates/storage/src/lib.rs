#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cached;
#[cfg(feature = "encrypted")]
mod encrypted;
mod error;
#[cfg(feature = "file")]
mod file;
mod generation;
mod key;
mod lock;
mod memory;
#[cfg(feature = "encrypted")]
mod sealing;
mod secret;
pub mod secret_text;
mod slot;
mod storage;

pub use crate::cached::{CachePolicy, Cached};
#[cfg(feature = "encrypted")]
pub use crate::encrypted::Encrypted;
pub use crate::error::{Error, ErrorKind};
#[cfg(feature = "file")]
pub use crate::file::{File, FileLocks, PlaintextFile};
#[cfg(feature = "file")]
#[doc(hidden)]
pub use crate::file::{blocking, blocking_read};
pub use crate::generation::{generation, raise_generation, raise_generation_beyond};
pub use crate::key::{Key, KeyPrefix};
pub use crate::lock::Lock;
pub use crate::memory::Memory;
#[cfg(feature = "encrypted")]
pub use crate::sealing::{KeyId, SealingKey};
pub use crate::secret::SecretBytes;
pub use crate::slot::Slot;
pub use crate::storage::Storage;
pub use secrecy::{ExposeSecret, SecretString};
