//! The service that an integrator's layer goes around.

use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::Service;
use tower::util::BoxCloneSyncService;

use crate::body::Body;
use crate::error::Error;
use crate::layer::Boxed;

/// What a layer of the integrator goes around.
#[derive(Clone)]
pub struct HttpService(BoxCloneSyncService<Request<Body>, Response<Bytes>, Error>);

impl HttpService {
    pub(crate) fn new<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Bytes>, Error = Error>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(service))
    }
}

impl Service<Request<Body>> for HttpService {
    type Response = Response<Bytes>;
    type Error = Error;
    type Future = Boxed;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Boxed {
        self.0.call(request)
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").finish_non_exhaustive()
    }
}
