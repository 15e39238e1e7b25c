//! One file per entry in a folder of its own, shared by the processes of a host.
//!
//! The folder holds `store` (which key sealed it, and where its entries are), `entries-N` with a
//! file per entry, and `locks`. Names of files are hashes, so that any key fits and that a listing
//! shows no account.

mod atomic;
mod blocking;
mod entry;
mod format;
mod lock;
mod permissions;
mod plaintext;
mod sealed;
mod store;

pub use crate::file::plaintext::PlaintextFile;
pub use crate::file::sealed::File;
