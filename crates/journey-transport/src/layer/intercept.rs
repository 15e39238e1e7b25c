//! What most layers are: a change to the request and a look at the answer, with nothing to wait for.
//!
//! Several in a row are one service, whose calls make one future instead of one each.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange, Finish, Outcome};

/// Sees each request on its way down, and its answer on the way up if one came.
pub(crate) trait Intercept: Send + Sync + 'static {
    /// What is kept of the request until then.
    type Seen: Send + 'static;

    /// Changes a request, or refuses to send it.
    fn before(&self, request: &mut Request<Body>) -> Result<Self::Seen, Error>;

    /// Looks at the answer, or changes it.
    fn after(&self, _: Self::Seen, _: &mut Response<Bytes>) {}

    /// Puts another one below this one.
    fn then<I: Intercept>(self, below: I) -> (Self, I)
    where
        Self: Sized,
    {
        (self, below)
    }
}

impl<A: Intercept, B: Intercept> Intercept for (A, B) {
    type Seen = (A::Seen, B::Seen);

    fn before(&self, request: &mut Request<Body>) -> Result<Self::Seen, Error> {
        Ok((self.0.before(request)?, self.1.before(request)?))
    }

    fn after(&self, (above, below): Self::Seen, response: &mut Response<Bytes>) {
        self.1.after(below, response);
        self.0.after(above, response);
    }
}

pub(crate) fn layer<I, S>(interceptor: I) -> impl Layer<S, Service = Intercepted<I, S>> {
    let interceptor = Arc::new(interceptor);
    layer_fn(move |inner| Intercepted { interceptor: Arc::clone(&interceptor), inner })
}

pub(crate) struct Intercepted<I, S> {
    interceptor: Arc<I>,
    inner: S,
}

impl<I, S: Clone> Clone for Intercepted<I, S> {
    fn clone(&self) -> Self {
        Self { interceptor: Arc::clone(&self.interceptor), inner: self.inner.clone() }
    }
}

impl<I: Intercept, S: Exchange> Service<Request<Body>> for Intercepted<I, S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<S::Future, Passing<I>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match self.interceptor.before(&mut request) {
            Err(refused) => Answer::refused(refused),
            Ok(seen) => {
                let passing = Passing { interceptor: Arc::clone(&self.interceptor), seen };
                Answer::of(self.inner.call(request), passing)
            }
        }
    }
}

/// Waits for the answer.
pub(crate) struct Passing<I: Intercept> {
    interceptor: Arc<I>,
    seen: I::Seen,
}

impl<I: Intercept> Finish for Passing<I> {
    fn finish(self, outcome: &mut Outcome) {
        if let Ok(response) = outcome {
            self.interceptor.after(self.seen, response);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use tower::{ServiceExt, service_fn};

    use super::*;

    /// Writes its name into a header of what goes down and of what comes up.
    struct Sign(&'static str);

    impl Intercept for Sign {
        type Seen = ();

        fn before(&self, request: &mut Request<Body>) -> Result<(), Error> {
            request.headers_mut().append("down", HeaderValue::from_static(self.0));
            Ok(())
        }

        fn after(&self, (): (), response: &mut Response<Bytes>) {
            response.headers_mut().append("up", HeaderValue::from_static(self.0));
        }
    }

    struct Refuse;

    impl Intercept for Refuse {
        type Seen = ();

        fn before(&self, _: &mut Request<Body>) -> Result<(), Error> {
            Err(Error::config("refused"))
        }
    }

    #[tokio::test]
    async fn the_last_of_several_is_the_nearest_to_the_wire() {
        let echo = service_fn(|request: Request<Body>| async move {
            let mut response = Response::new(Bytes::new());
            *response.headers_mut() = request.headers().clone();
            Ok::<_, Error>(response)
        });
        let layer = layer(Sign("a").then(Sign("b")).then(Sign("c")));
        let response = layer.layer(echo).oneshot(Request::new(Body::default())).await.unwrap();
        let signed = |name| response.headers().get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(signed("down"), ["a", "b", "c"]);
        assert_eq!(signed("up"), ["c", "b", "a"]);
    }

    #[tokio::test]
    async fn what_one_refuses_goes_no_further() {
        let wire = service_fn(|_: Request<Body>| async { unreachable!("it was refused") });
        let layer = layer(Sign("a").then(Refuse));
        let refused = layer.layer(wire).oneshot(Request::new(Body::default())).await;
        assert_eq!(refused.unwrap_err().to_string(), "refused");
    }
}
