//! Sends and keeps the cookies of the jar that travels with the request.
//!
//! Order: inside the retries, so that a second attempt carries what the first answer set; inside
//! the default headers, which know nothing of cookies.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};

use crate::body::Body;
use crate::clock::Clock;
use crate::cookies::CookieJar;
use crate::error::Error;
use crate::layer::Intercept;

pub(crate) struct Cookies {
    clock: Clock,
}

impl Cookies {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

impl Intercept for Cookies {
    /// The jar that travels with the request, and where its answer comes from.
    type Seen = Option<(CookieJar, Uri)>;

    fn before(&self, request: &mut Request<Body>) -> Result<Self::Seen, Error> {
        let Some(jar) = request.extensions().get::<CookieJar>().cloned() else { return Ok(None) };
        let uri = request.uri().clone();
        if let Some(value) = merge(request.headers(), &jar, &uri, &self.clock) {
            request.headers_mut().insert(header::COOKIE, value);
        }
        Ok(Some((jar, uri)))
    }

    fn after(&self, seen: Self::Seen, response: &mut Response<Bytes>) {
        if let Some((jar, uri)) = seen {
            jar.take_in(response.headers(), &uri, (self.clock)());
        }
    }
}

/// Joins the request's own cookies with the jar's; `None` when the jar has nothing to add.
fn merge(headers: &HeaderMap, jar: &CookieJar, uri: &Uri, clock: &Clock) -> Option<HeaderValue> {
    let own: Vec<&str> =
        headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok()).collect();
    let names: Vec<&str> = own
        .iter()
        .flat_map(|it| it.split(';'))
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name).trim())
        .collect();
    let mut pairs = own.clone();
    let stored = jar.pairs(uri, clock(), &names)?;
    pairs.push(&stored);
    let mut value = HeaderValue::try_from(pairs.join("; ")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::layer::intercept;

    const AM: &str = "https://am.example.com/am/json";

    /// Sends one request and returns its `Cookie` headers; the answer sets `s=new`.
    async fn sent(request: http::request::Builder, jar: Option<&CookieJar>) -> Vec<String> {
        let service = service_fn(|request: Request<Body>| async move {
            let mut response = Response::new(Bytes::new());
            *response.headers_mut() = request.headers().clone();
            response.headers_mut().insert(header::SET_COOKIE, "s=new; Path=/".parse().unwrap());
            Ok::<_, Error>(response)
        });
        let mut request = request.body(Body::default()).unwrap();
        jar.map(|jar| request.extensions_mut().insert(jar.clone()));
        let clock: Clock = Arc::new(|| SystemTime::UNIX_EPOCH);
        let layer = intercept::layer(Cookies::new(clock));
        let response = layer.layer(service).oneshot(request).await.unwrap();
        let cookies = response.headers().get_all(header::COOKIE);
        cookies.iter().map(|it| it.to_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn what_an_answer_sets_goes_with_the_next_request() {
        let jar = CookieJar::new();
        assert!(sent(Request::get(AM), Some(&jar)).await.is_empty());
        assert_eq!(sent(Request::get(AM), Some(&jar)).await, ["s=new"]);
    }

    #[tokio::test]
    async fn an_explicit_cookie_wins_and_the_others_are_added() {
        let jar = CookieJar::new();
        sent(Request::get(AM), Some(&jar)).await;
        let request = || Request::get(AM).header("cookie", "a=1; b=2").header("cookie", "c=3");
        assert_eq!(sent(request(), Some(&jar)).await, ["a=1; b=2; c=3; s=new"]);
        let request = Request::get(AM).header("cookie", "s=mine");
        assert_eq!(sent(request, Some(&jar)).await, ["s=mine"]);
    }

    #[tokio::test]
    async fn two_jars_share_nothing() {
        let (one, two) = (CookieJar::new(), CookieJar::new());
        sent(Request::get(AM), Some(&one)).await;
        assert!(sent(Request::get(AM), Some(&two)).await.is_empty());
    }

    #[tokio::test]
    async fn without_a_jar_nothing_is_kept() {
        sent(Request::get(AM), None).await;
        assert!(sent(Request::get(AM), None).await.is_empty());
    }
}
