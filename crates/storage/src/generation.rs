//! A counter that only rises and that no lock can hold up.

use std::collections::HashSet;

use crate::secret::copy_of;
use crate::{Error, ErrorKind, Key, KeyPrefix, Storage};

/// How many marks stay behind the newest, so that a reader whose listing takes long still sees one.
const KEPT: u64 = 16;

/// Reads how often a counter was raised: 0 when never.
///
/// Never less than what any [`raise_generation`] that returned before this call had given.
///
/// # Errors
/// When the store could not be read.
pub async fn generation<S: Storage + ?Sized>(storage: &S, counter: &Key) -> Result<u64, Error> {
    let prefix = KeyPrefix::marks(counter);
    let mut before = marks(storage, &prefix, counter).await?;
    // A listing that takes a while may miss a mark that is added behind it and one that is removed
    // before it. Two equal listings in a row have missed nothing.
    loop {
        let now = marks(storage, &prefix, counter).await?;
        if now == before {
            return Ok(now.into_iter().max().unwrap_or(0));
        }
        before = now;
    }
}

/// Raises a counter and gives its new value, which is larger than any value read before the call.
///
/// Each raise is an entry of its own, so this waits for no lock, neither the account's nor another,
/// and two raises at the same moment cannot undo each other: the larger one stays. Both may give the
/// same number. A sign-out uses it to outrun a refresh that hangs while it holds the account's lock:
/// the refresh reads the counter again after it has stored its tokens, sees that it rose, and removes
/// them.
///
/// The counter must be a [`Key::generation`].
///
/// ```
/// use journey_storage::{Key, Memory, generation, raise_generation};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let storage = Memory::new();
/// let counter = Key::generation("https://am.example.com/am", "/", "demo");
/// assert_eq!(generation(&storage, &counter).await?, 0);
/// assert_eq!(raise_generation(&storage, &counter).await?, 1);
/// assert_eq!(generation(&storage, &counter).await?, 1);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
///
/// # Errors
/// When the store could not be read or written; the counter may have risen nevertheless.
pub async fn raise_generation<S: Storage + ?Sized>(
    storage: &S,
    counter: &Key,
) -> Result<u64, Error> {
    raise_generation_beyond(storage, counter, 0).await
}

/// As [`raise_generation`], and beyond a value that the caller knows of besides: one that this store
/// has refused before, or that stands in an entry of it.
///
/// ```
/// use journey_storage::{Key, Memory, generation, raise_generation_beyond};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let storage = Memory::new();
/// let counter = Key::generation("https://am.example.com/am", "/", "demo");
/// assert_eq!(raise_generation_beyond(&storage, &counter, 6).await?, 7);
/// assert_eq!(raise_generation_beyond(&storage, &counter, 3).await?, 8);
/// assert_eq!(generation(&storage, &counter).await?, 8);
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
///
/// # Errors
/// As [`raise_generation`].
pub async fn raise_generation_beyond<S: Storage + ?Sized>(
    storage: &S,
    counter: &Key,
    beyond: u64,
) -> Result<u64, Error> {
    let current = generation(storage, counter).await?;
    let raised = current
        .max(beyond)
        .checked_add(1)
        .ok_or_else(|| Error::new(ErrorKind::Unsupported, "the counter cannot rise any further"))?;
    storage.put(&counter.mark(raised), copy_of(b"raised"), None).await?;
    forget_old_marks(storage, counter, raised).await;
    Ok(raised)
}

/// Old marks cost space and nothing else: the next raise tries again.
async fn forget_old_marks<S: Storage + ?Sized>(storage: &S, counter: &Key, raised: u64) {
    let Ok(listed) = storage.list(&KeyPrefix::marks(counter)).await else { return };
    for key in listed {
        let is_old = key.mark_of(counter).is_some_and(|it| it.saturating_add(KEPT) < raised);
        if is_old && storage.remove(&key, None).await.is_err() {
            return;
        }
    }
}

async fn marks<S: Storage + ?Sized>(
    storage: &S,
    prefix: &KeyPrefix,
    counter: &Key,
) -> Result<HashSet<u64>, Error> {
    let listed = storage.list(prefix).await?;
    Ok(listed.iter().filter_map(|it| it.mark_of(counter)).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Memory;

    fn counter() -> Key {
        Key::generation("server", "/", "demo")
    }

    #[tokio::test]
    async fn a_held_lock_does_not_keep_a_counter_from_rising() {
        let storage = Memory::new();
        let account = Key::account("server", "/", "demo");
        let _account = storage.lock(&account, Duration::ZERO).await.unwrap();
        let _counter = storage.lock(&counter(), Duration::ZERO).await.unwrap();

        assert_eq!(raise_generation(&storage, &counter()).await.unwrap(), 1);
        assert_eq!(raise_generation(&storage, &counter()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_late_write_of_an_older_mark_does_not_lower_the_counter() {
        let storage = Memory::new();
        for _ in 0..3 {
            raise_generation(&storage, &counter()).await.unwrap();
        }

        storage.put(&counter().mark(2), copy_of(b"late"), None).await.unwrap();

        assert_eq!(generation(&storage, &counter()).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn old_marks_are_forgotten() {
        let storage = Memory::new();
        for _ in 0..100 {
            raise_generation(&storage, &counter()).await.unwrap();
        }

        let left = storage.list(&KeyPrefix::all()).await.unwrap();

        assert_eq!(generation(&storage, &counter()).await.unwrap(), 100);
        assert_eq!(left.len() as u64, KEPT + 1);
    }
}
