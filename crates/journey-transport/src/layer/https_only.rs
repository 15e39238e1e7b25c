//! Refuses to send anything without TLS, but to this machine when that was allowed.
//!
//! Order: below everything of ours that could change the URL and above the integrator's layers,
//! which may speak to whom they like.

use http::{Request, Uri, uri::Scheme};

use crate::body::Body;
use crate::error::Error;
use crate::layer::Intercept;
use crate::target;

/// What may go without TLS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum PlainHttp {
    #[default]
    Nowhere,
    ToLoopback,
}

pub(crate) struct HttpsOnly {
    plain: PlainHttp,
}

impl HttpsOnly {
    pub(crate) fn new(plain: PlainHttp) -> Self {
        Self { plain }
    }
}

impl Intercept for HttpsOnly {
    type Seen = ();

    fn before(&self, request: &mut Request<Body>) -> Result<(), Error> {
        check(request.uri(), self.plain)
    }
}

fn check(uri: &Uri, plain: PlainHttp) -> Result<(), Error> {
    if uri.authority().is_some_and(|it| it.as_str().as_bytes().contains(&b'@')) {
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
        let mut request = Request::get(uri).body(Body::default()).unwrap();
        HttpsOnly::new(plain).before(&mut request).is_ok()
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
    fn whoever_may_allow_plain_http_is_told_how() {
        let told = |uri| check(&Uri::from_static(uri), PlainHttp::Nowhere).unwrap_err().to_string();
        assert!(told("http://localhost:8080/am").contains("allow_http_to_loopback"));
        assert!(!told("http://am.example.com/am").contains("allow"));
        assert!(!told("ftp://localhost/am").contains("allow"));
    }

    #[test]
    fn a_user_in_the_url_is_refused_and_not_repeated() {
        let uri = Uri::from_static("https://me:hunter2@am.example.com/am");
        let error = check(&uri, PlainHttp::Nowhere).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
