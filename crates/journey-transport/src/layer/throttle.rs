//! Leaves a server alone for as long as it has asked, whoever of this client asked it before.
//!
//! Order: inside the retries, which wait for the pause when the deadline leaves room for it; this
//! never waits.

use bytes::Bytes;
use http::uri::Authority;
use http::{Request, Response, header};

use crate::body::Body;
use crate::clock::Clock;
use crate::error::Error;
use crate::layer::Intercept;
use crate::retry_after::{Pauses, retry_after};

pub(crate) struct Throttle {
    clock: Clock,
    pauses: Pauses,
}

impl Throttle {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, pauses: Pauses::default() }
    }
}

impl Intercept for Throttle {
    type Seen = Option<Authority>;

    fn before(&self, request: &mut Request<Body>) -> Result<Option<Authority>, Error> {
        let server = request.uri().authority();
        match server.and_then(|it| self.pauses.left(it)) {
            Some(left) => Err(Error::throttled(request.uri(), left)),
            None => Ok(server.cloned()),
        }
    }

    fn after(&self, server: Option<Authority>, response: &mut Response<Bytes>) {
        if response.headers().contains_key(header::RETRY_AFTER)
            && let Some(server) = server
            && let Some(pause) = retry_after(response, (self.clock)())
        {
            self.pauses.note(server, pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use tower::{Layer, ServiceExt, service_fn};

    use super::*;
    use crate::error::ErrorKind;
    use crate::layer::intercept;

    #[tokio::test(start_paused = true)]
    async fn a_later_call_to_the_same_server_is_held_back_until_the_pause_is_over() {
        let service = service_fn(|_: Request<Body>| async {
            let busy = Response::builder().status(503).header("retry-after", "30");
            Ok::<_, Error>(busy.body(Bytes::new()).unwrap())
        });
        let clock: Clock = Arc::new(|| SystemTime::UNIX_EPOCH);
        let service = intercept::layer(Throttle::new(clock)).layer(service);
        let ask = |url: &str| {
            let request = Request::get(url).body(Body::default()).unwrap();
            service.clone().oneshot(request)
        };
        assert_eq!(ask("https://am.example.com/a").await.unwrap().status(), 503);
        let error = ask("https://am.example.com/b").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
        assert!(!error.was_sent());
        assert!(ask("https://other.example.com/").await.is_ok());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(ask("https://am.example.com/b").await.is_ok());
    }
}
