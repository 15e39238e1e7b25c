//! Keys in the keyring.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use journey_storage::{Error, ErrorKind, SealingKey, SecretBytes};
use keyring_core::{Entry, Error as KeyringError};
use secrecy::ExposeSecret;

use crate::error::keyring;
use crate::patience::Patience;
use crate::platform::Store;

const PATIENCE: Duration = Duration::from_secs(10);

/// The keyring of the operating system, as far as it holds our keys.
///
/// Clones share it. A future that is dropped may still have its effect.
#[derive(Clone)]
pub struct Keyring {
    store: Arc<Store>,
    service: String,
    patience: Patience,
}

impl Keyring {
    /// Opens the keyring; `service` is the name of the program that others see in it.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when there is none or it does not answer within 10 seconds,
    /// [`ErrorKind::Denied`] when it refuses us, [`ErrorKind::NoRuntime`] outside a tokio runtime.
    pub async fn open(service: impl Into<String>) -> Result<Self, Error> {
        Self::open_within(service, PATIENCE).await
    }

    /// Opens the keyring, with a limit for this call and for each one after it.
    ///
    /// Choose a long one where the user may have to unlock the keyring first.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_within(service: impl Into<String>, limit: Duration) -> Result<Self, Error> {
        let patience = Patience::new(limit);
        let store = Arc::new(patience.call(Store::open).await?);
        Ok(Self { store, service: service.into(), patience })
    }

    /// Reads the key of this name, or `None` when there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`ErrorKind::Corrupt`] when what is there is no key.
    pub async fn key(&self, name: &str) -> Result<Option<SealingKey>, Error> {
        self.call(name, read).await
    }

    /// Reads the key of this name, or makes one.
    ///
    /// Two programs that make it at the same moment may each go on with their own. The store they
    /// open then knows one of them: the other one gets [`ErrorKind::WrongKey`] and reads again.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    pub async fn key_or_new(&self, name: &str) -> Result<SealingKey, Error> {
        self.call(name, |entry| {
            if let Some(key) = read(entry)? {
                return Ok(key);
            }
            let new = SealingKey::generate()?;
            entry
                .set_secret(new.to_bytes().expose_secret())
                .map_err(keyring("could not write the key into the keyring"))?;
            // Some keyrings take a secret and keep nothing: better to know before it seals a store.
            read(entry)?.ok_or_else(|| {
                Error::new(ErrorKind::Unavailable, "the keyring did not keep the key")
            })
        })
        .await
    }

    /// Removes the key of this name: what it sealed is lost. Fine when there is none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn remove(&self, name: &str) -> Result<(), Error> {
        self.call(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
            Err(error) => Err(keyring("could not remove the key from the keyring")(error)),
        })
        .await
    }

    async fn call<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (store, service) = (Arc::clone(&self.store), self.service.clone());
        let name = name.to_owned();
        self.patience.call(move || work(&store.entry(&service, &name)?)).await
    }
}

fn read(entry: &Entry) -> Result<Option<SealingKey>, Error> {
    match entry.get_secret() {
        Ok(bytes) => SealingKey::from_bytes(&SecretBytes::from(bytes)).map(Some).map_err(|_| {
            Error::new(ErrorKind::Corrupt, "what the keyring holds under this name is no key")
        }),
        Err(KeyringError::NoEntry) => Ok(None),
        Err(error) => Err(keyring("could not read the key from the keyring")(error)),
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keyring").field("service", &self.service).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::collections::HashMap;
    use std::sync::Barrier;

    use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};
    use keyring_core::{CredentialStore, mock};

    use super::*;

    fn keyring_of(store: Arc<CredentialStore>, limit: Duration) -> Keyring {
        Keyring {
            store: Arc::new(Store::from(store)),
            service: "test".to_owned(),
            patience: Patience::new(limit),
        }
    }

    fn mocked() -> Keyring {
        keyring_of(mock::Store::new().unwrap(), PATIENCE)
    }

    #[tokio::test]
    async fn a_key_is_made_once_and_kept() {
        let keyring = mocked();
        assert!(keyring.key("store").await.unwrap().is_none());

        let made = keyring.key_or_new("store").await.unwrap();

        assert_eq!(keyring.key_or_new("store").await.unwrap().id(), made.id());
        assert_eq!(keyring.key("store").await.unwrap().unwrap().id(), made.id());
        assert_ne!(keyring.key_or_new("other").await.unwrap().id(), made.id());
        keyring.remove("store").await.unwrap();
        keyring.remove("store").await.unwrap();
        assert!(keyring.key("store").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_no_key_is_corrupt_and_not_replaced() {
        let keyring = mocked();
        let entry = keyring.store.entry("test", "store").unwrap();
        entry.set_secret(b"hunter2").unwrap();

        let error = keyring.key_or_new("store").await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!(entry.get_secret().unwrap(), b"hunter2");
    }

    #[tokio::test]
    async fn a_locked_keyring_is_not_an_empty_one() {
        let keyring = mocked();
        let entry = keyring.store.entry("test", "store").unwrap();
        let mocked = entry.as_any().downcast_ref::<mock::Cred>().unwrap();
        mocked.set_error(KeyringError::NoStorageAccess("it is locked".into()));

        let error = keyring.key("store").await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Denied);
    }

    /// A keyring whose service never answers, until the test ends it.
    #[derive(Clone, Debug)]
    struct Hung(Arc<Barrier>);

    impl CredentialApi for Hung {
        fn set_secret(&self, _: &[u8]) -> keyring_core::Result<()> {
            self.0.wait();
            Ok(())
        }

        fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
            self.0.wait();
            Err(KeyringError::NoEntry)
        }

        fn delete_credential(&self) -> keyring_core::Result<()> {
            self.0.wait();
            Ok(())
        }

        fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
            Ok(None)
        }

        fn get_specifiers(&self) -> Option<(String, String)> {
            None
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    impl CredentialStoreApi for Hung {
        fn vendor(&self) -> String {
            "hung".to_owned()
        }

        fn id(&self) -> String {
            "hung".to_owned()
        }

        fn build(
            &self,
            _: &str,
            _: &str,
            _: Option<&HashMap<&str, &str>>,
        ) -> keyring_core::Result<Entry> {
            Ok(Entry::new_with_credential(Arc::new(self.clone())))
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_keyring_that_hangs_is_an_error_in_time_and_takes_one_thread() {
        let barrier = Arc::new(Barrier::new(2));
        let keyring = keyring_of(Arc::new(Hung(Arc::clone(&barrier))), PATIENCE);

        for _ in 0..3 {
            let error = keyring.key("store").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
        }

        assert_eq!(keyring.patience.calls_under_way(), 1);
        barrier.wait();
    }

    #[test]
    fn without_a_runtime_there_is_an_error_and_no_panic() {
        use std::future::Future;
        use std::pin::pin;
        use std::task::{Context, Poll, Waker};

        let keyring = mocked();
        let polled = pin!(keyring.key("store")).poll(&mut Context::from_waker(Waker::noop()));

        let Poll::Ready(Err(error)) = polled else { panic!("an error at once") };
        assert_eq!(error.kind(), ErrorKind::NoRuntime);
    }
}
