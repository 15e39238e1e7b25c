//! The way to a host when the client is built without proxies.

use http::Uri;
use tower::ServiceExt;

use crate::connect::{Stream, Tcp};
use crate::error::BoxError;

/// Knows the way to each host: straight on.
#[derive(Clone)]
pub(crate) struct Route;

impl Route {
    pub(crate) async fn open(self, tcp: Tcp, uri: Uri) -> Result<Stream, BoxError> {
        Ok(tcp.oneshot(uri).await?)
    }
}
