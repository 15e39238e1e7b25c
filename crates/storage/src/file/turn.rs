//! Keeps writes and changes of the key apart.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::file::permissions::open_private;
use crate::{Error, ErrorKind};

/// A file of the `locks` folder. Writers share its lock while they write, which takes
/// milliseconds; a change of the key has it alone. It has nothing to do with the locks of keys.
#[derive(Debug)]
pub(super) struct Turn(PathBuf);

/// The lock, held until it is dropped.
pub(super) struct Held {
    _file: File,
}

/// About ten seconds in all.
const PAUSES: [u64; 16] =
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000, 1500, 1500, 2000, 2000];

impl Turn {
    pub(super) fn new(locks: &Path) -> Self {
        Self(locks.join("turn.lock"))
    }

    /// Waits until no change of the key is under way. Blocks.
    pub(super) fn write(&self) -> Result<Held, Error> {
        self.wait(File::try_lock_shared)
    }

    /// Waits until nobody writes, and keeps everybody from writing. Blocks.
    pub(super) fn alone(&self) -> Result<Held, Error> {
        self.wait(File::try_lock)
    }

    /// Like [`alone`](Turn::alone), if it is possible at once.
    pub(super) fn alone_now(&self) -> Option<Held> {
        let file = open_private(&self.0).ok()?;
        file.try_lock().ok().map(|()| Held { _file: file })
    }

    fn wait(&self, take: fn(&File) -> Result<(), TryLockError>) -> Result<Held, Error> {
        let failed = |error| Error::io("could not use the lock of the store", error);
        let file = open_private(&self.0).map_err(failed)?;
        for pause in PAUSES {
            match take(&file) {
                Ok(()) => return Ok(Held { _file: file }),
                Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(pause)),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "another process keeps the store for itself"))
    }
}
