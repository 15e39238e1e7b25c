//! The kinds of errors, for programs to branch on.

/// Says in one word what went wrong.
///
/// ```
/// use journey_transport::ErrorKind;
///
/// assert_eq!(ErrorKind::TooLarge.code(), "transport.too_large");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The name of the server could not be resolved.
    Dns,
    /// No connection to the server came about.
    Connect,
    /// The server could not prove who it is, or refused this client; [`TlsReason`] says why.
    Tls,
    /// Something took too long; [`TimeoutKind`] says what.
    Timeout,
    /// The proxy could not be reached or refused the connection.
    Proxy,
    /// The answer is larger than the client accepts.
    TooLarge,
    /// The answer is compressed, though none was asked for; it is not unpacked, whatever its size.
    Compressed,
    /// The answer is not HTTP, or breaks its rules.
    Protocol,
    /// The connection ended before the answer was complete.
    Disconnected,
    /// The server asked for a pause that has not passed yet.
    Throttled,
    /// The runtime shut down while the request was under way.
    Interrupted,
    /// There is no tokio runtime here.
    NoRuntime,
    /// The client was given a setting that cannot work.
    Config,
    /// The URL is not `https`, and not loopback with plain HTTP allowed.
    InsecureUrl,
    /// A service or layer that was plugged in failed.
    Service,
}

impl ErrorKind {
    /// Returns a stable text for logs, metrics and other languages.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dns => "transport.dns",
            Self::Connect => "transport.connect",
            Self::Tls => "transport.tls",
            Self::Timeout => "transport.timeout",
            Self::Proxy => "transport.proxy",
            Self::TooLarge => "transport.too_large",
            Self::Compressed => "transport.compressed",
            Self::Protocol => "transport.protocol",
            Self::Disconnected => "transport.disconnected",
            Self::Throttled => "transport.throttled",
            Self::Interrupted => "transport.interrupted",
            Self::NoRuntime => "transport.no_runtime",
            Self::Config => "transport.config",
            Self::InsecureUrl => "transport.insecure_url",
            Self::Service => "transport.service",
        }
    }

    /// Tells whether the same request may succeed a little later.
    pub(crate) const fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Dns
                | Self::Connect
                | Self::Timeout
                | Self::Proxy
                | Self::Disconnected
                | Self::Throttled
        )
    }
}

/// Says which of the client's limits of time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// The connection did not come about in time: name, TCP, proxy and TLS together.
    Connect,
    /// One attempt, from asking for a connection to the last byte of the answer.
    Attempt,
    /// The whole call with all its attempts and pauses.
    Deadline,
}

/// Says why TLS failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsReason {
    /// The server's certificate has run out.
    Expired,
    /// The server's certificate is not valid yet; perhaps the local clock is wrong.
    NotYetValid,
    /// The server's certificate comes from an authority that is not trusted.
    UnknownIssuer,
    /// The server's certificate is for another host.
    WrongHost,
    /// The server's certificate was revoked.
    Revoked,
    /// The server's certificate is valid, but its key is none of the pinned ones.
    PinMismatch,
    /// The server wants a client certificate, or not the one it was given.
    ClientCertificate,
    /// The two sides share no version or cipher of TLS.
    Incompatible,
    /// The server does not speak TLS, or broke off the handshake.
    Handshake,
    /// The server's certificate is broken in another way.
    BadCertificate,
}
