//! Locks that the kernel releases when their holder dies.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep, timeout_at};

use crate::file::blocking::{blocking_read, runtime};
use crate::file::entry::{hex, place};
use crate::file::patience::patiently;
use crate::file::permissions::{check_folder, create_folder, open_private};
use crate::{Error, ErrorKind, Key, Lock};

const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Locks between the processes of a host, for backends that have none of their own.
///
/// A folder with two files per key that was ever locked, which stay. The kernel releases a lock
/// when its holder dies. Use a local file system.
///
/// ```
/// use std::time::Duration;
///
/// use journey_storage::{ErrorKind, FileLocks, Key};
///
/// # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
/// # let parent = tempfile::tempdir().unwrap();
/// # let folder = parent.path().join("locks");
/// let locks = FileLocks::open(folder)?;
/// let key = Key::account("https://am.example.com/am", "/", "demo");
/// let lock = locks.take(&key, Duration::ZERO).await?;
/// assert!(locks.check(&key, lock.fence()).is_ok());
///
/// let refused = locks.take(&key, Duration::ZERO).await.unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::LockTimeout);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct FileLocks {
    // A lock file is never removed. Otherwise one process could hold the lock of the removed file
    // and another that of a new one with the same name.
    folder: PathBuf,
    /// The callers of this process queue here, so that one of them at a time asks the kernel.
    gates: Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>,
}

#[derive(Debug)]
struct FileLock {
    key: Key,
    fence: u64,
    fence_path: PathBuf,
    // Fields drop in this order: the kernel's lock is free before the next caller tries it.
    _file: File,
    _gate: OwnedMutexGuard<()>,
}

impl FileLocks {
    /// Uses a folder for locks, making it where it is missing. Blocks for a moment.
    ///
    /// # Errors
    /// [`ErrorKind::Denied`] when others may use the folder; any other kind when it cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        create_folder(&folder)
            .map_err(|error| Error::io("could not make the folder of the locks", error))?;
        check_folder(&folder)?;
        Ok(Self { folder, gates: Mutex::default() })
    }

    /// Takes the lock of a key, waiting at most `wait`: what
    /// [`Storage::lock`](crate::Storage::lock) must do.
    ///
    /// # Errors
    /// [`ErrorKind::LockTimeout`] when it was not free in time, [`ErrorKind::NoRuntime`] outside a
    /// tokio runtime, any other kind when the folder cannot be used.
    pub async fn take(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error> {
        runtime()?;
        let path = self.path(key, "lock");
        let fence_path = self.path(key, "fence");
        let deadline = Instant::now().checked_add(wait);
        let gate = self.gate(key);
        let gate = match Arc::clone(&gate).try_lock_owned() {
            Ok(gate) => gate,
            Err(_) if wait.is_zero() => return Err(timed_out()),
            Err(_) => match deadline {
                Some(deadline) => {
                    timeout_at(deadline, gate.lock_owned()).await.map_err(|_| timed_out())?
                }
                None => gate.lock_owned().await,
            },
        };
        let mut pause = SHORTEST_PAUSE;
        loop {
            let attempt = (path.clone(), fence_path.clone());
            if let Some((file, fence)) =
                blocking_read(move || try_take(&attempt.0, &attempt.1)).await?
            {
                let key = key.clone();
                return Ok(Box::new(FileLock { key, fence, fence_path, _file: file, _gate: gate }));
            }
            let left = deadline.map_or(Duration::MAX, |it| it.duration_since(Instant::now()));
            if left.is_zero() {
                return Err(timed_out());
            }
            sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Refuses a lock that is not the newest one of its key. Blocks for a moment.
    ///
    /// # Errors
    /// [`ErrorKind::LockLost`] when somebody else has taken it since; any other kind when that cannot be told.
    pub fn check(&self, key: &Key, fence: u64) -> Result<(), Error> {
        check_fence(&self.path(key, "fence"), fence)
    }

    fn path(&self, key: &Key, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", hex(&place(key))))
    }

    fn gate(&self, key: &Key) -> Arc<tokio::sync::Mutex<()>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(key).and_then(Weak::upgrade) {
            return gate;
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::default();
        gates.insert(key.clone(), Arc::downgrade(&gate));
        gate
    }
}

#[async_trait]
impl Lock for FileLock {
    fn key(&self) -> &Key {
        &self.key
    }

    fn fence(&self) -> u64 {
        self.fence
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        blocking_read(move || check_fence(&self.fence_path, self.fence)).await
    }
}

fn try_take(path: &Path, fence_path: &Path) -> Result<Option<(File, u64)>, Error> {
    let unusable = |error| Error::io("could not use a lock file", error);
    let file = open_private(path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    if !is_still_there(&file, path) {
        return Ok(None);
    }
    // A file of its own: on Windows nobody else can read a file that is locked.
    let mut fence_file = open_private(fence_path).map_err(unusable)?;
    let fence = read_fence(&mut fence_file).unwrap_or(0) + 1;
    let mut fence_file = open_private(fence_path).map_err(unusable)?;
    fence_file.write_all(&fence.to_be_bytes()).map_err(unusable)?;
    Ok(Some((file, fence)))
}

fn check_fence(path: &Path, fence: u64) -> Result<(), Error> {
    let newest = match patiently(|| File::open(path)) {
        Ok(mut file) => read_fence(&mut file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        // That it cannot be looked at, for want of file handles perhaps, is no sign that it is lost.
        Err(error) => return Err(Error::io("could not look at a lock", error)),
    };
    if newest == Some(fence) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::LockLost, "the lock was taken by somebody else"))
}

fn read_fence(file: &mut File) -> Option<u64> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes).ok()?;
    Some(u64::from_be_bytes(bytes))
}

/// Whether the name still leads to the file that was locked: somebody may have emptied the folder.
#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (Ok(ours), Ok(named)) = (file.metadata(), path.metadata()) else { return false };
    (ours.dev(), ours.ino()) == (named.dev(), named.ino())
}

/// Elsewhere a file that is open like this one cannot be removed.
#[cfg(not(unix))]
fn is_still_there(_: &File, _: &Path) -> bool {
    true
}

fn timed_out() -> Error {
    Error::new(ErrorKind::LockTimeout, "the lock was not free in time")
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn a_lock_that_cannot_be_looked_at_is_not_called_lost() {
        let folder = tempfile::tempdir().unwrap();
        let locks = FileLocks::open(folder.path().join("locks")).unwrap();
        let key = Key::session("https://am.example.com/am", "/", "demo");
        let lock = locks.take(&key, Duration::ZERO).await.unwrap();
        let fence = locks.path(&key, "fence");
        let aside = fence.with_extension("aside");
        fs::rename(&fence, &aside).unwrap();
        // A link that leads to itself is refused by the system.
        symlink(&fence, &fence).unwrap();

        let error = locks.check(&key, lock.fence()).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Unavailable);
        fs::rename(&aside, &fence).unwrap();
        locks.check(&key, lock.fence()).unwrap();
    }
}
