//! One file per entry in a folder of its own, shared by the processes of a host.
//!
//! The folder holds `store` (which key sealed it, and where its entries are), `entries-N` with a
//! file per entry, `locks`, and `set-aside` with damaged entries that were moved out of the way.
//! Names of files are hashes, so that any key fits and that a listing shows no account.

mod atomic;
mod blocking;
mod change;
mod entry;
mod format;
mod header;
mod lock;
#[cfg(feature = "passphrase")]
mod passphrase;
mod patience;
mod permissions;
mod plaintext;
mod sealed;
mod store;
mod turn;

pub use crate::file::blocking::{blocking, blocking_read};
pub use crate::file::lock::FileLocks;
pub use crate::file::plaintext::PlaintextFile;
pub use crate::file::sealed::File;
