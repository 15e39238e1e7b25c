//! Which keyring there is on which system.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::thread;

use journey_storage::Error;
use keyring_core::{CredentialStore, Entry, Error as KeyringError};

use crate::error::keyring;

/// A keyring that is closed on a thread of its own.
///
/// That of Linux says good-bye to the service when it is dropped, and waits for the answer: on a
/// thread that runs futures it would panic.
pub(crate) struct Store(Option<ManuallyDrop<Arc<CredentialStore>>>);

impl Store {
    pub(crate) fn open() -> Result<Self, Error> {
        store().map(Self::from)
    }

    pub(crate) fn entry(&self, service: &str, name: &str) -> Result<Entry, Error> {
        // `None` only while it is dropped.
        let store = self.0.as_deref().ok_or(KeyringError::NoDefaultStore);
        store
            .and_then(|it| it.build(service, name, None))
            .map_err(keyring("could not find a place in the keyring"))
    }
}

impl From<Arc<CredentialStore>> for Store {
    fn from(store: Arc<CredentialStore>) -> Self {
        Self(Some(ManuallyDrop::new(store)))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(store) = self.0.take() else { return };
        let close = move || drop(ManuallyDrop::into_inner(store));
        // Without a thread it stays open until the program ends, which is what the wrapper is for.
        let _ = thread::Builder::new().name("keyring".to_owned()).spawn(close);
    }
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<CredentialStore>, Error> {
    let store = apple_native_keyring_store::keychain::Store::new();
    Ok(store.map_err(keyring("could not open the Keychain"))?)
}

#[cfg(windows)]
fn store() -> Result<Arc<CredentialStore>, Error> {
    let store = windows_native_keyring_store::Store::new();
    Ok(store.map_err(keyring("could not open the Credential Manager"))?)
}

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd"))]
fn store() -> Result<Arc<CredentialStore>, Error> {
    let store = zbus_secret_service_keyring_store::Store::new();
    Ok(store.map_err(keyring("could not reach the Secret Service"))?)
}

#[cfg(not(any(
    target_os = "macos",
    windows,
    target_os = "linux",
    target_os = "freebsd",
    target_os = "openbsd"
)))]
fn store() -> Result<Arc<CredentialStore>, Error> {
    use journey_storage::ErrorKind;

    Err(Error::new(ErrorKind::Unsupported, "we know no keyring on this system"))
}
