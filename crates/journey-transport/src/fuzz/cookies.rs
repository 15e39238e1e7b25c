//! Cookies: each goes back to whom it came from, and breaks no header and no file.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, Uri, header};
use secrecy::{ExposeSecret, SecretString};

use crate::cookies::CookieJar;

/// Reads a line with the URL of an answer, and behind it its `Set-Cookie` headers, one in a line. All of
/// it is read as an exported jar too.
pub fn cookies(data: &[u8]) {
    exported(data);
    let mut lines = data.split(|it| *it == b'\n');
    let url = lines.next().and_then(|it| Uri::try_from(it).ok());
    let Some(url) = url.filter(|it| it.host().is_some()) else { return };
    let mut headers = HeaderMap::new();
    for line in lines {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let jar = CookieJar::new();
    jar.take_in(&headers, &url, now);
    sound(&jar, now);
    back_to_the_sender(&jar, &url, now);
}

/// What is no jar is refused; what is one stays the same from then on.
fn exported(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(jar) = CookieJar::import(&text.into()) {
        again(&jar);
    }
}

fn again(jar: &CookieJar) {
    let text = jar.export();
    let read = CookieJar::import(&text).map(|it| it.export());
    let read = read.as_ref().map(SecretString::expose_secret);
    assert_eq!(read.ok(), Some(text.expose_secret()), "an exported jar is read as it was");
}

fn sound(jar: &CookieJar, now: SystemTime) {
    assert!(jar.names().len() <= 100, "a server can't fill the memory");
    again(jar);
    for url in ["https://am.example.com/am/json/authenticate", "http://localhost/"] {
        let Some(pairs) = sent(jar, url, now) else { continue };
        assert!(HeaderValue::try_from(&pairs).is_ok(), "{pairs:?} fits no header");
        let clean = |it: &str| it.contains('=') && !it.contains(char::is_control);
        assert!(pairs.split("; ").all(clean), "{pairs:?}");
    }
}

/// Nobody gets a cookie whose name does not end as that of the host which set it does.
fn back_to_the_sender(jar: &CookieJar, url: &Uri, now: SystemTime) {
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    for other in ["am.example.com", "evil-am.example.com.org", "127.0.0.1", "[::1]"] {
        let related = host == other || host.rsplit('.').next() == other.rsplit('.').next();
        if related {
            continue;
        }
        assert_eq!(sent(jar, &format!("https://{other}/am/json"), now), None, "{host} {other}");
    }
}

fn sent(jar: &CookieJar, url: &str, now: SystemTime) -> Option<String> {
    jar.pairs(&Uri::try_from(url).ok()?, now, &[])
}
