//! One kind of layer per file; their order is in `stack.rs`.

mod answer;
pub(crate) mod clock_skew;
pub(crate) mod cookies;
pub(crate) mod default_headers;
pub(crate) mod https_only;
pub(crate) mod intercept;
pub(crate) mod measure;
pub(crate) mod redact;
pub(crate) mod request_id;
pub(crate) mod retry;
pub(crate) mod throttle;
pub(crate) mod time_limit;
pub(crate) mod trace;

use bytes::Bytes;
use http::{Request, Response};
use tower::Service;

use crate::body::Body;
use crate::error::Error;
pub(crate) use crate::layer::answer::{Answer, Boxed, Finish, Outcome};
pub(crate) use crate::layer::intercept::Intercept;

/// What every layer of ours wraps: a whole request in, a whole answer out.
pub(crate) trait Exchange:
    Service<Request<Body>, Response = Response<Bytes>, Error = Error, Future: Send + 'static>
{
}

impl<S> Exchange for S where
    S: Service<Request<Body>, Response = Response<Bytes>, Error = Error, Future: Send + 'static>
{
}
