//! Refuses to send anything without TLS, but to this machine when that was allowed.
//!
//! Order: below everything of ours that could change the URL and above the integrator's layers,
//! which may speak to whom they like.

use std::task::{Context, Poll};

use http::{Request, Uri, uri::Scheme};
use tower::{Layer, Service, layer::layer_fn};

use crate::body::Body;
use crate::error::Error;
use crate::layer::{Answer, Exchange};
use crate::target;

/// What may go without TLS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum PlainHttp {
    #[default]
    Nowhere,
    ToLoopback,
}

pub(crate) fn layer<S>(plain: PlainHttp) -> impl Layer<S, Service = HttpsOnly<S>> {
    layer_fn(move |inner| HttpsOnly { inner, plain })
}

#[derive(Clone)]
pub(crate) struct HttpsOnly<S> {
    inner: S,
    plain: PlainHttp,
}

impl<S: Exchange> Service<Request<Body>> for HttpsOnly<S> {
    type Response = S::Response;
    type Error = Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match check(request.uri(), self.plain) {
            Err(refused) => Answer::refused(refused),
            Ok(()) => Answer::of(self.inner.call(request), ()),
        }
    }
}

fn check(uri: &Uri, plain: PlainHttp) -> Result<(), Error> {
    if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err(Error::user_in_url(uri));
    }
    let near = || uri.host().is_some_and(target::is_loopback);
    match (uri.scheme(), plain) {
        (Some(scheme), _) if *scheme == Scheme::HTTPS => Ok(()),
        (Some(scheme), PlainHttp::ToLoopback) if *scheme == Scheme::HTTP && near() => Ok(()),
        _ => Err(Error::insecure_url(uri)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(uri: &'static str, plain: PlainHttp) -> bool {
        check(&Uri::from_static(uri), plain).is_ok()
    }

    #[test]
    fn only_tls_is_allowed_by_default() {
        assert!(allowed("https://am.example.com/am", PlainHttp::Nowhere));
        assert!(!allowed("http://am.example.com/am", PlainHttp::Nowhere));
        assert!(!allowed("http://localhost:8080/am", PlainHttp::Nowhere));
        assert!(!allowed("ftp://am.example.com/am", PlainHttp::Nowhere));
        assert!(!allowed("/am", PlainHttp::Nowhere));
    }

    #[test]
    fn plain_http_is_allowed_to_this_machine_alone() {
        assert!(allowed("http://localhost:8080/am", PlainHttp::ToLoopback));
        assert!(allowed("http://127.0.0.1/am", PlainHttp::ToLoopback));
        assert!(allowed("http://[::1]:8080/am", PlainHttp::ToLoopback));
        assert!(!allowed("http://am.example.com/am", PlainHttp::ToLoopback));
        assert!(!allowed("http://localhost.example.com/am", PlainHttp::ToLoopback));
        assert!(!allowed("http://127.0.0.1.example.com/am", PlainHttp::ToLoopback));
    }

    #[test]
    fn a_user_in_the_url_is_refused_and_not_repeated() {
        let uri = Uri::from_static("https://me:hunter2@am.example.com/am");
        let error = check(&uri, PlainHttp::Nowhere).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
