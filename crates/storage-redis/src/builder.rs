//! How a store in Redis is opened.

use std::fmt;
use std::time::Duration;

use journey_storage::{Encrypted, Error, SealingKey};
use redis::Client;
use secrecy::{ExposeSecret, SecretString};

use crate::connection::Connection;
use crate::error::redis;
use crate::names::Names;
use crate::plaintext::PlaintextRedis;
use crate::sealed::Redis;
use crate::server::Server;

/// Settings of a store in Redis, from [`Redis::builder`].
#[must_use]
pub struct RedisBuilder {
    address: SecretString,
    namespace: String,
    lease: Duration,
    keep: Option<Duration>,
    replicas: u32,
    timeout: Duration,
    authority: Option<Vec<u8>>,
}

impl RedisBuilder {
    pub(crate) fn new(address: SecretString) -> Self {
        Self {
            address,
            namespace: "journey".to_owned(),
            lease: Duration::from_secs(60),
            keep: None,
            replicas: 0,
            timeout: Duration::from_secs(5),
            authority: None,
        }
    }

    /// What the names of everything we keep begin with: `journey` unless set.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// How long a lock lasts whose holder died: a minute unless set.
    ///
    /// Longer than the whole-call deadline of the requests that are made under it.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long an account is kept after its last write or removal: for ever unless set.
    ///
    /// Choose the lifetime of the refresh tokens or of the session, whichever is longer, as your AM
    /// has them: it tells neither to a client, so what is too short here signs users out. All
    /// hosts should agree; the one that wrote last decides.
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = Some(keep);
        self
    }

    /// How many replicas must have a write before it counts: none unless set.
    ///
    /// Writes then follow one another, over a connection of their own. While too few replicas are
    /// there, each takes half of the [`timeout`](Self::timeout) to fail; reads and locks wait for none.
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// How long to wait for a connection and for each answer: five seconds unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The authority, in PEM, that alone is trusted for the server's certificate; the system's
    /// unless set.
    #[cfg(feature = "tls")]
    pub fn authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authority = Some(pem.into());
        self
    }

    /// Connects, and seals all values with a key that all hosts share.
    ///
    /// # Errors
    /// [`WrongKey`](journey_storage::ErrorKind::WrongKey) when the store was sealed with another
    /// key, [`Denied`](journey_storage::ErrorKind::Denied) when Redis refuses us,
    /// [`Unavailable`](journey_storage::ErrorKind::Unavailable) when it cannot be reached,
    /// [`Unsupported`](journey_storage::ErrorKind::Unsupported) when the address is none,
    /// [`NoRuntime`](journey_storage::ErrorKind::NoRuntime) outside a tokio runtime,
    /// [`LockTimeout`](journey_storage::ErrorKind::LockTimeout) for up to one [`lease`](Self::lease)
    /// after another program crashed while it sealed a new store.
    pub async fn open(self, key: SealingKey) -> Result<Redis, Error> {
        Encrypted::open(self.open_plaintext().await?, key).await.map(Redis::from)
    }

    /// Connects, and seals nothing: whoever reads the server's memory or disk can use the logins.
    ///
    /// # Errors
    /// As [`open`](Self::open), without the wrong key and the lock.
    pub async fn open_plaintext(self) -> Result<PlaintextRedis, Error> {
        let connection = Connection::open(self.client()?, self.timeout).await?;
        Ok(PlaintextRedis::from(Server {
            connection,
            names: Names::new(self.namespace),
            lease: self.lease,
            keep: self.keep,
            replicas: self.replicas,
            timeout: self.timeout,
        }))
    }

    #[cfg(feature = "tls")]
    fn client(&self) -> Result<Client, Error> {
        use journey_storage::ErrorKind;
        use redis::TlsCertificates;
        use rustls::crypto::CryptoProvider;

        let address = self.address.expose_secret();
        if !address.starts_with("rediss:") {
            return Client::open(address).map_err(redis("could not read the address of Redis"));
        }
        // The redis crate would panic.
        if CryptoProvider::get_default().is_none() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "install a rustls crypto provider for the process before connecting by TLS",
            ));
        }
        let certificates = TlsCertificates { client_tls: None, root_cert: self.authority.clone() };
        Client::build_with_tls(address, certificates)
            .map_err(redis("could not read the address of Redis"))
    }

    #[cfg(not(feature = "tls"))]
    fn client(&self) -> Result<Client, Error> {
        Client::open(self.address.expose_secret())
            .map_err(redis("could not read the address of Redis"))
    }
}

impl fmt::Debug for RedisBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the address, which may hold a password.
        formatter
            .debug_struct("RedisBuilder")
            .field("namespace", &self.namespace)
            .field("lease", &self.lease)
            .field("keep", &self.keep)
            .field("replicas", &self.replicas)
            .field("timeout", &self.timeout)
            .field("authority", &self.authority.is_some())
            .finish_non_exhaustive()
    }
}
