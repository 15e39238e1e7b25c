//! The settings that matter when there is a real network.

use std::time::Duration;

use secrecy::SecretString;

use crate::builder::HttpClientBuilder;
use crate::client::HttpClient;
use crate::connect::{self, Times};
#[cfg(not(feature = "proxy"))]
use crate::direct;
use crate::error::Error;

const LONGEST_PING: Duration = Duration::from_secs(10);

impl HttpClientBuilder {
    /// Trusts one more authority, or several, given as PEM text.
    pub fn add_ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.add_ca(pem.into());
        self
    }

    /// Trusts these authorities, given as PEM text, and none of the platform's.
    pub fn only_ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.trust_no_others();
        self.add_ca(pem)
    }

    /// Trusts Mozilla's list of authorities, as it was when this program was built, in place of
    /// the platform's.
    #[cfg(feature = "webpki-roots")]
    pub fn bundled_ca(mut self) -> Self {
        self.tls.trust_bundled();
        self
    }

    /// Pins a key: the server's own certificate must hold this one, or another that is pinned.
    ///
    /// The pin is the SHA-256 hash of the key's `SubjectPublicKeyInfo` in DER. It comes on top of
    /// all other checks and holds for every connection of this client. Pin a spare key too, or the
    /// day the server's key changes is the day the program ends.
    pub fn pin(mut self, spki_sha256: [u8; 32]) -> Self {
        self.tls.pin(spki_sha256);
        self
    }

    /// Shows the server this certificate with its chain and key, both given as PEM text.
    pub fn client_certificate(
        mut self,
        chain: impl Into<Vec<u8>>,
        key: impl Into<SecretString>,
    ) -> Self {
        self.tls.client_certificate(chain.into(), key.into());
        self
    }

    /// Reaches the server through a proxy: `http://` (with `CONNECT`), `socks5://` or `socks5h://`,
    /// with `user:password@` before the host if it wants them.
    ///
    /// The proxy sees names and ports, never what is said. This machine itself is always reached
    /// directly.
    ///
    /// ```
    /// use journey_transport::{ErrorKind, HttpClient};
    ///
    /// let error = HttpClient::builder().proxy("ftp://proxy.example.com").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Config);
    /// ```
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.proxy.url(url.into());
        self
    }

    /// Names what is reached without the proxy, separated by commas.
    ///
    /// A domain stands for all names under it too; addresses may have a mask such as
    /// `10.0.0.0/8`; `*` is everything.
    #[cfg(feature = "proxy")]
    pub fn no_proxy(mut self, list: impl Into<String>) -> Self {
        self.proxy.except(list.into());
        self
    }

    /// Takes the proxy from `HTTPS_PROXY` or `ALL_PROXY`, and the exceptions from `NO_PROXY`.
    ///
    /// The environment is read here and nowhere else. A variable that names a proxy of another kind than
    /// [`proxy`](Self::proxy) takes does no harm to hosts that are reached without one; a request that
    /// would go through it ends in [`ErrorKind::Config`](crate::ErrorKind::Config), which names the variable.
    #[cfg(feature = "proxy")]
    pub fn proxy_from_environment(mut self) -> Self {
        self.proxy.from(|name| std::env::var(name).ok());
        self
    }

    /// Builds a client over hyper and rustls.
    ///
    /// Connections are made when the first request needs them; nothing process-wide is installed.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting cannot work, such as a text
    /// that is no certificate.
    ///
    /// ```
    /// use journey_transport::{ErrorKind, HttpClient};
    ///
    /// let error = HttpClient::builder().only_ca("no certificate").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Config);
    /// ```
    pub fn build(self) -> Result<HttpClient, Error> {
        #[cfg(feature = "proxy")]
        let route = self.proxy.route()?;
        #[cfg(not(feature = "proxy"))]
        let route = direct::Route;
        // Two thirds of an attempt are enough to find out that a connection is dead.
        let ping = (self.attempt_timeout / 3).min(LONGEST_PING);
        let times = Times { connect: self.connect_timeout, ping };
        let wire = connect::wire(self.tls.config()?, route, &times);
        self.build_with(wire)
    }
}
