//! A jar of cookies that travels with the requests of one journey.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use http::{HeaderMap, Uri, header};
use secrecy::{ExposeSecret, SecretString};

use crate::cookies::StoredCookie;
use crate::cookies::rules;
use crate::error::Error;

/// More than any AM sets; a server that sets more loses the oldest.
const MOST: usize = 100;

/// The first line of an exported jar.
const FORMAT: &str = "journey-cookies 1";

/// Keeps the cookies of one journey or one account.
///
/// Put it into the extensions of each request that belongs to it: the client then sends the cookies
/// that fit and takes in what the answer sets. Clones share the cookies. A request without a jar
/// neither sends nor keeps any. A `Cookie` header that is already on the request stays, and wins
/// over a cookie of the same name.
///
/// ```
/// use journey_transport::CookieJar;
///
/// let jar = CookieJar::new();
/// let mut request = http::Request::post("https://am.example.com/am/json/authenticate").body("")?;
/// request.extensions_mut().insert(jar.clone());
/// assert!(jar.is_empty());
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct CookieJar {
    cookies: Arc<Mutex<Vec<StoredCookie>>>,
}

impl CookieJar {
    /// Makes an empty jar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the value of the cookie that was set last under this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<SecretString> {
        self.lock().iter().rfind(|it| it.name == name).map(|it| it.value.clone())
    }

    /// Takes every cookie with this name out; tells whether there was one.
    pub fn remove(&self, name: &str) -> bool {
        let mut cookies = self.lock();
        let before = cookies.len();
        cookies.retain(|it| it.name != name);
        cookies.len() < before
    }

    /// Returns the names, in the order in which the cookies were set.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().iter().map(|it| it.name.clone()).collect()
    }

    /// Tells whether there is no cookie.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Moves the cookies that the filter chooses to another jar, where they replace their like.
    ///
    /// A login that succeeds gives the account what outlives the journey this way: the cookie of
    /// the load balancer and persistent ones.
    ///
    /// ```
    /// use journey_transport::CookieJar;
    ///
    /// let (journey, account) = (CookieJar::new(), CookieJar::new());
    /// journey.move_into(&account, |cookie| cookie.is_persistent() || cookie.name() == "amlbcookie");
    /// assert!(account.is_empty());
    /// ```
    pub fn move_into(&self, other: &Self, mut filter: impl FnMut(&StoredCookie) -> bool) {
        if Arc::ptr_eq(&self.cookies, &other.cookies) {
            return;
        }
        // One jar is locked at a time, so two jars may be moved into each other.
        let moved: Vec<_> = {
            let mut cookies = self.lock();
            let (moved, kept) = mem::take(&mut *cookies).into_iter().partition(|it| filter(it));
            *cookies = kept;
            moved
        };
        let mut theirs = other.lock();
        moved.into_iter().for_each(|it| put(&mut theirs, it));
    }

    /// Writes all cookies into one opaque text, so that another process can go on with them.
    ///
    /// ```
    /// use journey_transport::CookieJar;
    ///
    /// let text = CookieJar::new().export();
    /// assert!(CookieJar::import(&text)?.is_empty());
    /// # Ok::<(), journey_transport::Error>(())
    /// ```
    #[must_use]
    pub fn export(&self) -> SecretString {
        let mut text = format!("{FORMAT}\n");
        self.lock().iter().for_each(|it| it.write_line(&mut text));
        SecretString::from(text)
    }

    /// Reads a jar that [`export`](Self::export) wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the text is not an exported jar.
    pub fn import(text: &SecretString) -> Result<Self, Error> {
        let broken = || Error::config("could not read the exported cookies");
        let mut lines = text.expose_secret().lines();
        if lines.next() != Some(FORMAT) {
            return Err(broken());
        }
        let cookies: Option<Vec<_>> = lines.map(StoredCookie::read_line).collect();
        let cookies = Arc::new(Mutex::new(cookies.ok_or_else(broken)?));
        Ok(Self { cookies })
    }

    /// Takes in what an answer from `uri` sets and deletes.
    pub(crate) fn take_in(&self, headers: &HeaderMap, uri: &Uri, now: SystemTime) {
        let mut cookies = self.lock();
        for header in headers.get_all(header::SET_COOKIE) {
            let Ok(text) = header.to_str() else { continue };
            let Some(cookie) = StoredCookie::read(text, uri, now) else { continue };
            match cookie.is_over(now) {
                true => cookies.retain(|it| !it.is_replaced_by(&cookie)),
                false => put(&mut cookies, cookie),
            }
        }
    }

    /// Returns the pairs for a `Cookie` header to `uri`, without the names that are there already.
    pub(crate) fn pairs(&self, uri: &Uri, now: SystemTime, there: &[&str]) -> Option<String> {
        let host = rules::host(uri)?;
        let mut cookies = self.lock();
        cookies.retain(|it| !it.is_over(now));
        let mut fitting: Vec<_> = cookies
            .iter()
            .filter(|it| it.matches(uri, &host) && !there.contains(&it.name.as_str()))
            .collect();
        // RFC 6265, section 5.4: longer paths first; the sort keeps the order of setting.
        fitting.sort_by_key(|it| std::cmp::Reverse(it.path.len()));
        let mut pairs = String::new();
        for cookie in fitting {
            if !pairs.is_empty() {
                pairs.push_str("; ");
            }
            pairs.push_str(&cookie.name);
            pairs.push('=');
            pairs.push_str(cookie.value.expose_secret());
        }
        (!pairs.is_empty()).then_some(pairs)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<StoredCookie>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieJar").field("names", &self.names()).finish_non_exhaustive()
    }
}

fn put(cookies: &mut Vec<StoredCookie>, cookie: StoredCookie) {
    if let Some(old) = cookies.iter_mut().find(|it| it.is_replaced_by(&cookie)) {
        *old = cookie;
        return;
    }
    if cookies.len() == MOST {
        cookies.remove(0);
    }
    cookies.push(cookie);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const AM: &str = "https://am.example.com/am/json/authenticate";

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn jar(url: &str, set: &[&str]) -> CookieJar {
        let jar = CookieJar::new();
        add(&jar, url, set);
        jar
    }

    fn add(jar: &CookieJar, url: &str, set: &[&str]) {
        let mut headers = HeaderMap::new();
        for text in set {
            headers.append(header::SET_COOKIE, text.parse().unwrap());
        }
        jar.take_in(&headers, &url.parse().unwrap(), now());
    }

    fn sent(jar: &CookieJar, url: &str) -> String {
        jar.pairs(&url.parse().unwrap(), now(), &[]).unwrap_or_default()
    }

    #[test]
    fn several_set_cookie_headers_are_kept() {
        let jar = jar(AM, &["amlbcookie=01; Path=/", "iPlanetDirectoryPro=AQIC.*AA==*; Path=/"]);
        assert_eq!(sent(&jar, AM), "amlbcookie=01; iPlanetDirectoryPro=AQIC.*AA==*");
    }

    #[test]
    fn a_foreign_domain_is_ignored_and_the_fitting_one_kept() {
        let jar = jar(
            AM,
            &[
                "s=1; Path=/; Domain=other.org; Secure",
                "s=2; Path=/; Domain=example.com; Secure",
                "s=3; Path=/; Domain=com",
            ],
        );
        assert_eq!(sent(&jar, AM), "s=2");
        assert_eq!(sent(&jar, "https://id.example.com/"), "s=2");
        assert_eq!(sent(&jar, "https://other.org/"), "");
    }

    #[test]
    fn a_host_only_cookie_stays_with_its_host() {
        let jar = jar(AM, &["s=1; Path=/"]);
        assert_eq!(sent(&jar, "https://AM.example.com/x"), "s=1");
        assert_eq!(sent(&jar, "https://a.am.example.com/"), "");
        assert_eq!(sent(&jar, "https://example.com/"), "");
    }

    #[test]
    fn a_secure_cookie_goes_over_tls_or_to_this_machine() {
        let far = jar(AM, &["s=1; Path=/; Secure"]);
        assert_eq!(sent(&far, "http://am.example.com/"), "");
        let near = jar("http://localhost:8080/am", &["s=1; Path=/; Secure"]);
        assert_eq!(sent(&near, "http://localhost:8080/am"), "s=1");
    }

    #[test]
    fn a_secure_cookie_is_not_taken_from_a_server_without_tls() {
        assert!(jar("http://am.example.com/am", &["s=1; Path=/; Secure"]).is_empty());
    }

    #[test]
    fn a_past_expiry_or_no_age_deletes() {
        for end in [
            "Max-Age=0",
            "Max-Age=-1",
            "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "Expires=Thu, 01-Jan-1970 00:00:10 GMT",
        ] {
            let jar = jar(AM, &["s=1; Path=/"]);
            add(&jar, AM, &[&format!("s=LOGOUT; Path=/; {end}")]);
            assert!(jar.is_empty(), "{end}");
        }
    }

    #[test]
    fn a_cookie_is_not_sent_after_its_end() {
        let jar = jar(
            AM,
            &["a=1; Path=/; Max-Age=60", "b=2; Path=/; Expires=Tue, 01 Jan 2030 00:00:00 GMT"],
        );
        let uri = AM.parse().unwrap();
        let later = now() + Duration::from_secs(61);
        assert_eq!(jar.pairs(&uri, later, &[]).unwrap(), "b=2");
    }

    #[test]
    fn an_age_without_end_does_not_overflow() {
        let jar = jar(AM, &["a=1; Path=/; Max-Age=99999999999999999999"]);
        assert_eq!(sent(&jar, AM), "a=1");
    }

    #[test]
    fn the_longer_path_goes_first() {
        let jar = jar(AM, &["s=root; Path=/", "s=am; Path=/am"]);
        assert_eq!(sent(&jar, AM), "s=am; s=root");
        assert_eq!(jar.names(), ["s", "s"]);
    }

    #[test]
    fn a_name_that_is_there_already_is_left_out() {
        let jar = jar(AM, &["s=1; Path=/", "t=2; Path=/"]);
        assert_eq!(jar.pairs(&AM.parse().unwrap(), now(), &["s"]).unwrap(), "t=2");
    }

    #[test]
    fn an_exported_jar_goes_on_elsewhere() {
        let jar =
            jar(AM, &["s=1=2; Path=/; Secure", "p=3; Path=/am; Max-Age=60; Domain=example.com"]);
        let read = CookieJar::import(&jar.export()).unwrap();
        assert_eq!(sent(&read, AM), sent(&jar, AM));
        assert_eq!(sent(&read, "https://id.example.com/am"), "p=3");
        assert_eq!(read.export().expose_secret(), jar.export().expose_secret());
    }

    #[test]
    fn a_text_that_is_no_jar_is_refused() {
        for text in [
            "",
            "something",
            "journey-cookies 1\na\tb",
            "journey-cookies 1\na\tb\tc\thost\t/\tany\tx",
        ] {
            assert!(CookieJar::import(&SecretString::from(text)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn chosen_cookies_move_and_the_others_stay() {
        let journey = jar(AM, &["amlbcookie=01; Path=/", "session-jwt=x; Max-Age=60", "s=1"]);
        let account = jar(AM, &["amlbcookie=02; Path=/"]);
        journey.move_into(&account, |it| it.is_persistent() || it.name() == "amlbcookie");
        assert_eq!(journey.names(), ["s"]);
        assert_eq!(account.get("amlbcookie").unwrap().expose_secret(), "01");
        assert_eq!(account.names(), ["amlbcookie", "session-jwt"]);
    }

    #[test]
    fn moving_into_itself_changes_nothing() {
        let jar = jar(AM, &["s=1"]);
        jar.move_into(&jar.clone(), |_| true);
        assert_eq!(jar.names(), ["s"]);
    }

    #[test]
    fn what_could_break_a_header_or_an_exported_jar_is_not_kept() {
        let odd = ["a=b\tc; Path=/", "a\tb=c; Path=/", "a=b\u{e9}; Path=/"];
        let jar = jar(AM, &odd);
        assert_eq!(sent(&jar, AM), "");
        assert_eq!(jar.names(), [""; 0]);
    }

    #[test]
    fn a_flood_of_cookies_is_bounded() {
        let jar = CookieJar::new();
        for number in 0..=MOST {
            add(&jar, AM, &[&format!("c{number}=1")]);
        }
        assert_eq!(jar.names().len(), MOST);
        assert!(jar.get("c0").is_none());
    }

    #[test]
    fn debug_shows_names_only() {
        let jar = jar(AM, &["s=hunter2"]);
        assert_eq!(format!("{jar:?}"), r#"CookieJar { names: ["s"], .. }"#);
    }
}
