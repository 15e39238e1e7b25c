//! The port: what a store must be able to do.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::{Error, Key, KeyPrefix, Lock, SecretBytes};

/// A place where sessions and tokens outlive the process, shared by whoever can open it.
///
/// Threads, processes and hosts may use one store at the same time. A backend proves itself with
/// the `storage_conformance!` suite of `journey-testkit`.
///
/// Only `Ok(None)` from [`get`](Storage::get) means that there is nothing. A store that could not
/// be asked answers with an [`Error`], so that nobody is signed out because a disk was slow.
///
/// Any of the futures may be dropped. A write that was dropped may still happen.
///
/// ```
/// use journey_storage::{Key, Memory, SecretBytes, Storage};
/// use secrecy::ExposeSecret;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let storage = Memory::new();
/// let key = Key::session("https://am.example.com/am", "/alpha", "demo");
/// assert!(storage.get(&key).await?.is_none());
///
/// storage.put(&key, SecretBytes::from(b"value".to_vec()), None).await?;
/// assert_eq!(storage.get(&key).await?.unwrap().expose_secret(), b"value");
/// # Ok::<(), journey_storage::Error>(()) }).unwrap();
/// ```
#[async_trait]
pub trait Storage: Debug + Send + Sync + 'static {
    /// Reads a value, or `None` when there is none.
    ///
    /// # Errors
    /// When the store could not be read: [`ErrorKind`](crate::ErrorKind) says why.
    async fn get(&self, key: &Key) -> Result<Option<SecretBytes>, Error>;

    /// Stores a value; it survives a crash of the machine once this returns, where the backend
    /// keeps anything at all.
    ///
    /// `under` is the lock that entitles the caller to write, where there is one. Its key need not
    /// be the key that is written: one lock usually guards all entries of an account.
    ///
    /// # Errors
    /// [`ErrorKind::LockLost`](crate::ErrorKind::LockLost) when somebody else has taken that lock
    /// since: nothing is written then. Any other kind when the value could not be stored; the old
    /// value stays.
    async fn put(
        &self,
        key: &Key,
        value: SecretBytes,
        under: Option<&dyn Lock>,
    ) -> Result<(), Error>;

    /// Removes a value; fine when there is none.
    ///
    /// # Errors
    /// As for [`put`](Storage::put).
    async fn remove(&self, key: &Key, under: Option<&dyn Lock>) -> Result<(), Error>;

    /// Lists the keys that start with a prefix, in no order.
    ///
    /// A key that is neither added nor removed meanwhile is listed exactly once.
    ///
    /// A store may not be able to tell the key of an entry that is damaged or that a newer release wrote.
    /// Among [the tokens of an account](KeyPrefix::tokens) it lists such an entry by a key that serves to remove
    /// it and that [`Key::parse`] does not know; among [those of one client](KeyPrefix::client_tokens) it leaves it
    /// out, and where anything else is listed it fails.
    ///
    /// # Errors
    /// When the store could not be read.
    async fn list(&self, prefix: &KeyPrefix) -> Result<Vec<Key>, Error>;

    /// Takes the lock of a key, alone among all users of the store, waiting at most `wait`.
    ///
    /// Locks of different keys are independent. They are not reentrant: asking twice waits for
    /// oneself. `Duration::ZERO` tries once. A lock keeps nobody from reading or from writing
    /// without one.
    ///
    /// # Errors
    /// [`ErrorKind::LockTimeout`](crate::ErrorKind::LockTimeout) when it was not free in time.
    async fn lock(&self, key: &Key, wait: Duration) -> Result<Box<dyn Lock>, Error>;
}

/// Lets a store do what the store inside it does: `forward_storage!(Mine, this => &this.0)`.
///
/// For this crate and its siblings; whoever uses it needs `async-trait`.
#[doc(hidden)]
#[macro_export]
macro_rules! forward_storage {
    ($store:ty, $this:ident => $inner:expr) => {
        $crate::forward_storage!(@generics [] $store, $this => $inner);
    };
    (@generics [$($generics:tt)*] $store:ty, $this:ident => $inner:expr) => {
        #[async_trait::async_trait]
        impl $($generics)* $crate::Storage for $store {
            async fn get(
                &self,
                key: &$crate::Key,
            ) -> Result<Option<$crate::SecretBytes>, $crate::Error> {
                let $this = self;
                $crate::Storage::get($inner, key).await
            }

            async fn put(
                &self,
                key: &$crate::Key,
                value: $crate::SecretBytes,
                under: Option<&dyn $crate::Lock>,
            ) -> Result<(), $crate::Error> {
                let $this = self;
                $crate::Storage::put($inner, key, value, under).await
            }

            async fn remove(
                &self,
                key: &$crate::Key,
                under: Option<&dyn $crate::Lock>,
            ) -> Result<(), $crate::Error> {
                let $this = self;
                $crate::Storage::remove($inner, key, under).await
            }

            async fn list(
                &self,
                prefix: &$crate::KeyPrefix,
            ) -> Result<Vec<$crate::Key>, $crate::Error> {
                let $this = self;
                $crate::Storage::list($inner, prefix).await
            }

            async fn lock(
                &self,
                key: &$crate::Key,
                wait: std::time::Duration,
            ) -> Result<Box<dyn $crate::Lock>, $crate::Error> {
                let $this = self;
                $crate::Storage::lock($inner, key, wait).await
            }
        }
    };
}

forward_storage!(@generics [<S: Storage + ?Sized>] Arc<S>, this => &**this);
forward_storage!(@generics [<S: Storage + ?Sized>] Box<S>, this => &**this);
