//! The right to write, held by one user of the store at a time.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Error, Key};

/// A lock that is held, made by [`Storage::lock`](crate::Storage::lock).
///
/// Dropping it gives up the lock without waiting: a lock of the kernel is free at once, a lease
/// runs out. [`release`](Lock::release) also says whether it was still held.
///
/// ```
/// use std::time::Duration;
///
/// use journey_storage::{ErrorKind, Key, Memory, Storage};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let storage = Memory::new();
/// let key = Key::account("https://am.example.com/am", "/", "demo");
/// let lock = storage.lock(&key, Duration::ZERO).await?;
///
/// let refused = storage.lock(&key, Duration::ZERO).await.unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::LockTimeout);
///
/// lock.release().await?;
/// assert!(storage.lock(&key, Duration::ZERO).await.is_ok());
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[async_trait]
pub trait Lock: Debug + Send + Sync + 'static {
    /// The key that is locked.
    fn key(&self) -> &Key;

    /// A number that is larger each time this key is locked.
    ///
    /// The store refuses a write under a lock whose number is not the newest, so that a holder
    /// that was asleep for too long cannot overwrite its successor's work.
    fn fence(&self) -> u64;

    /// Gives the lock up.
    ///
    /// # Errors
    /// [`ErrorKind::LockLost`](crate::ErrorKind::LockLost) when it was no longer held.
    async fn release(self: Box<Self>) -> Result<(), Error>;
}
