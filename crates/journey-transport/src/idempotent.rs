//! The mark that lets the client send a request again.

/// Marks a request that does no harm when the server sees it twice.
///
/// Put it into the extensions of a request that only reads, such as discovery, keys, user info or
/// session info. A request without the mark is sent again only when it has surely not left.
///
/// ```
/// use journey_transport::Idempotent;
///
/// let mut request = http::Request::get("https://am.example.com/am/oauth2/connect/jwk_uri")
///     .body("")?;
/// request.extensions_mut().insert(Idempotent);
/// assert!(request.extensions().get::<Idempotent>().is_some());
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idempotent;
