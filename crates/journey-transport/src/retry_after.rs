//! How long a server asks to be left alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::uri::Authority;
use http::{HeaderMap, Response, StatusCode, header};
use tokio::time::Instant;

/// A server that asks for more, by mistake or in malice, is asked again after this long.
const LONGEST: Duration = Duration::from_secs(600);

/// Reads the pause that an answer asks for; `None` when it asks for none.
///
/// [RFC 9110, section 10.2.3]: seconds, or a date, which is compared with `now`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use journey_transport::retry_after;
///
/// let response = http::Response::builder().status(503).header("retry-after", "7").body(())?;
/// assert_eq!(retry_after(&response, SystemTime::now()), Some(Duration::from_secs(7)));
/// # Ok::<(), http::Error>(())
/// ```
///
/// [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
pub fn retry_after<B>(response: &Response<B>, now: SystemTime) -> Option<Duration> {
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            read(response.headers(), now)
        }
        _ => None,
    }
}

fn read(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        // More digits than fit are a very long time.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

/// Remembers for each host until when it wants to be left alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pauses(Arc<Mutex<HashMap<Authority, Instant>>>);

impl Pauses {
    pub(crate) fn note(&self, server: Authority, pause: Duration) {
        let now = Instant::now();
        let mut pauses = self.lock();
        pauses.retain(|_, until| *until > now);
        pauses.insert(server, now + pause.min(LONGEST));
    }

    /// Returns what is left of a pause.
    pub(crate) fn left(&self, server: &Authority) -> Option<Duration> {
        let left = self.lock().get(server)?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Authority, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, text: &str) -> Option<u64> {
        let response = Response::builder().status(status).header("retry-after", text).body(());
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        retry_after(&response.unwrap(), now).map(|it| it.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(check(429, "120"), Some(120));
        assert_eq!(check(503, "Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(check(503, "Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(check(503, "99999999999999999999999"), Some(u64::MAX));
    }

    #[test]
    fn nonsense_and_other_statuses_say_nothing() {
        for text in ["", "-1", "soon", "1.5", "+3"] {
            assert_eq!(check(503, text), None, "{text}");
        }
        assert_eq!(check(200, "120"), None);
        assert_eq!(check(301, "120"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_passes_and_is_never_endless() {
        let pauses = Pauses::default();
        let (am, other) = (Authority::from_static("am"), Authority::from_static("other"));
        pauses.note(am.clone(), Duration::MAX);
        assert_eq!(pauses.left(&am), Some(LONGEST));
        assert_eq!(pauses.left(&other), None);
        tokio::time::advance(LONGEST).await;
        assert_eq!(pauses.left(&am), None);
    }
}
