//! The bottom of the stack: asks the wire, reads the whole answer, and names what went wrong.
//!
//! Below it may be hyper or any other service; above it there are only whole answers and errors of
//! ours.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, Uri, header};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Limited};
use tower::Service;

use crate::asked::Asking;
use crate::body::Body;
use crate::error::{BoxError, Error, from_wire};
use crate::layer::Boxed;

pub(crate) struct Collect<S> {
    wire: Asking<S>,
    limit: usize,
}

impl<S> Clone for Collect<S> {
    fn clone(&self) -> Self {
        Self { wire: self.wire.clone(), limit: self.limit }
    }
}

impl<S> Collect<S> {
    pub(crate) fn new(wire: S, limit: usize) -> Self {
        Self { wire: Asking::new(wire), limit }
    }
}

impl<S, B> Service<Request<Body>> for Collect<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: HttpBody<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Bytes>;
    type Error = Error;
    type Future = Boxed;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Boxed {
        let limit = self.limit;
        let uri = request.uri().clone();
        let answer = self.wire.call(request);
        Box::pin(async move {
            let response = answer.await.map_err(|error| from_wire(error.into(), &uri, limit))?;
            whole(response, &uri, limit).await
        })
    }
}

async fn whole<B>(response: Response<B>, uri: &Uri, limit: usize) -> Result<Response<Bytes>, Error>
where
    B: HttpBody<Error: Into<BoxError>>,
{
    let (head, body) = response.into_parts();
    let mut encodings = head.headers.get_all(header::CONTENT_ENCODING).iter();
    // Nothing here unpacks, so that no answer can grow beyond the bytes that came.
    if encodings.any(|it| !it.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Error::compressed(uri));
    }
    // What announces too much is refused before a byte of it is read.
    if usize::try_from(body.size_hint().lower()).map_or(true, |least| least > limit) {
        return Err(Error::too_large(uri, limit));
    }
    let collected = Limited::new(body, limit).collect().await;
    let body = collected.map_err(|error| from_wire(error, uri, limit))?.to_bytes();
    Ok(Response::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::error::ErrorKind;

    async fn collected<B>(body: B) -> Result<Response<Bytes>, Error>
    where
        B: HttpBody<Data: Send, Error: Into<BoxError>> + Clone + Send + Sync + 'static,
    {
        let wire = service_fn(move |_| {
            let response = Response::new(body.clone());
            async { Ok::<_, BoxError>(response) }
        });
        Collect::new(wire, 4).oneshot(Request::new(Body::default())).await
    }

    #[tokio::test]
    async fn an_answer_up_to_the_limit_is_read() {
        assert_eq!(collected(Body::from("1234")).await.unwrap().body(), "1234");
    }

    #[tokio::test]
    async fn an_answer_over_the_limit_is_refused() {
        let error = collected(Body::from("12345")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[derive(Clone)]
    struct Endless;

    impl HttpBody for Endless {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
            Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(b"x")))))
        }
    }

    #[tokio::test]
    async fn an_endless_answer_without_a_length_is_refused() {
        let error = collected(Endless).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[tokio::test]
    async fn an_error_of_a_foreign_service_is_kept_as_the_source() {
        let wire = service_fn(|_| async { Err::<Response<Body>, BoxError>("out of order".into()) });
        let error = Collect::new(wire, 4).oneshot(Request::new(Body::default())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service);
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "out of order");
    }
}
