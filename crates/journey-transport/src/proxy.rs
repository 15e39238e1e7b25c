//! Proxies: which one leads to a host, and how to ask it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use secrecy::{ExposeSecret, SecretString};
use tower::ServiceExt;

use crate::connect::{Stream, Tcp};
use crate::error::{BoxError, Error};
use crate::target;
use crate::tunnel::{self, Refused};

/// Where the environment names a proxy, the first that is set before the others.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The proxy to use, and what is reached without it.
#[derive(Default)]
pub(crate) struct Settings {
    url: Option<SecretString>,
    /// The variable that the URL was found in.
    variable: Option<&'static str>,
    except: String,
}

impl Settings {
    pub(crate) fn url(&mut self, url: SecretString) {
        (self.url, self.variable) = (Some(url), None);
    }

    pub(crate) fn except(&mut self, list: String) {
        self.except = list;
    }

    /// Takes both from variables; a name in capitals comes first, as it does for curl.
    pub(crate) fn from(&mut self, variable: impl Fn(&str) -> Option<String>) {
        let set = |name: &str| variable(name).filter(|it| !it.is_empty());
        let found = VARIABLES.into_iter().find_map(|name| Some((name, set(name)?)));
        (self.variable, self.url) = found.map(|(name, url)| (name, url.into())).unzip();
        self.except = ["NO_PROXY", "no_proxy"].into_iter().find_map(set).unwrap_or_default();
    }

    pub(crate) fn route(&self) -> Result<Route, Error> {
        let Some(url) = &self.url else { return Ok(Route(None)) };
        let (url, unusable) = match (is_usable(url.expose_secret()), self.variable) {
            (true, _) => (url.expose_secret(), None),
            // The variable is there for other programs too: it only matters where it would be used.
            (false, Some(variable)) => (STAND_IN, Some(UnusableProxy(variable))),
            // The URL may hold a password, so neither it nor what is wrong with it is repeated.
            (false, None) => {
                return Err(Error::config("the proxy must be an http, socks5 or socks5h URL"));
            }
        };
        // Only TLS leaves this machine, so the proxy for plain HTTP is never asked.
        let matcher = Matcher::builder().https(url).no(self.except.as_str()).build();
        Ok(Route(Some(Arc::new(Way { matcher, unusable }))))
    }
}

/// The matcher takes no proxy at all for one it cannot use; a client must not go around it.
fn is_usable(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let known = matches!(uri.scheme_str(), None | Some("http" | "socks5" | "socks5h"));
    known && uri.host().is_some_and(|it| !it.is_empty())
}

/// Finds out which hosts a proxy would lead to, and is never asked for a way.
const STAND_IN: &str = "http://proxy.invalid";

/// Knows the way to each host.
#[derive(Clone)]
pub(crate) struct Route(Option<Arc<Way>>);

struct Way {
    matcher: Matcher,
    unusable: Option<UnusableProxy>,
}

impl Route {
    /// Opens a connection that leads to the host of `uri`, directly or through the proxy.
    pub(crate) async fn open(self, tcp: Tcp, uri: Uri) -> Result<Stream, BoxError> {
        match self.proxy_for(&uri) {
            None => Ok(tcp.oneshot(uri).await?),
            Some(proxy) => Ok(through(&proxy?, tcp, uri).await.map_err(ProxyFailed)?),
        }
    }

    fn proxy_for(&self, uri: &Uri) -> Option<Result<Intercept, UnusableProxy>> {
        if uri.host().is_some_and(target::is_loopback) {
            return None;
        }
        let Way { matcher, unusable } = &**self.0.as_ref()?;
        let proxy = matcher.intercept(uri)?;
        Some(unusable.map_or(Ok(proxy), Err))
    }
}

async fn through(proxy: &Intercept, tcp: Tcp, uri: Uri) -> Result<Stream, BoxError> {
    if proxy.uri().scheme_str() == Some("http") {
        return tunnel::open(proxy, tcp, &uri).await;
    }
    // The proxy looks the name up in both forms: looking it up here would block the thread.
    let socks = SocksV5::new(proxy.uri().clone(), tcp);
    let socks = match proxy.raw_auth() {
        Some((user, password)) => socks.with_auth(user.to_owned(), password.to_owned()),
        None => socks,
    };
    Ok(socks.oneshot(uri).await?)
}

/// Says that the proxy could not be reached, or refused to connect us.
#[derive(Debug)]
pub(crate) struct ProxyFailed(BoxError);

impl ProxyFailed {
    /// Tells whether it will be the same the next time.
    pub(crate) fn stays(&self) -> bool {
        // hyper-util keeps the refusals of SOCKS private; their texts are the only way to tell.
        let refusals = [
            "credentials not accepted",
            "connection not allowed",
            "server does not support user/pass authentication",
        ];
        match self.0.downcast_ref::<Refused>() {
            Some(refused) => refused.stays(),
            None => refusals.iter().any(|it| self.0.to_string().ends_with(it)),
        }
    }
}

impl fmt::Display for ProxyFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy did not connect us")
    }
}

impl StdError for ProxyFailed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.0.as_ref())
    }
}

/// Says that a variable of the environment names a proxy that can't be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnusableProxy(&'static str);

impl fmt::Display for UnusableProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy in {} must be an http, socks5 or socks5h URL", self.0)
    }
}

impl StdError for UnusableProxy {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn goes_through(settings: &Settings, url: &'static str) -> Option<String> {
        let route = settings.route().unwrap();
        route.proxy_for(&Uri::from_static(url)).map(|it| it.unwrap().uri().to_string())
    }

    fn settings(url: &str, except: &str) -> Settings {
        Settings { url: Some(url.into()), variable: None, except: except.into() }
    }

    #[test]
    fn a_host_outside_the_exceptions_goes_through_the_proxy() {
        let settings = settings("http://me:pw@proxy:3128", "internal.example.com, 10.0.0.0/8");
        let proxy = Some("http://proxy:3128/".to_owned());
        assert_eq!(goes_through(&settings, "https://am.example.com/am"), proxy);
        assert_eq!(goes_through(&settings, "https://internal.example.com/"), None);
        assert_eq!(goes_through(&settings, "https://am.internal.example.com/"), None);
        assert_eq!(goes_through(&settings, "https://10.1.2.3/"), None);
        assert_eq!(goes_through(&settings, "https://11.1.2.3/"), proxy);
    }

    #[test]
    fn the_exceptions_are_written_as_they_are_elsewhere() {
        let past =
            |except: &str, url| goes_through(&settings("http://proxy:3128", except), url).is_none();
        let am = "https://am.example.com:8443/am";
        for except in ["*", ".example.com", "EXAMPLE.com", " other.org ,am.example.com ", "com"] {
            assert!(past(except, am), "{except:?}");
        }
        for except in ["", " , ", "ample.com", "am.example.co", "example.com.", "b.am.example.com"]
        {
            assert!(!past(except, am), "{except:?}");
        }
        assert!(past("fd00::/8", "https://[fd12::1]/") && !past("fd00::/8", "https://[fe80::1]/"));
        assert!(past("10.1.2.3", "https://10.1.2.3/") && !past("10.1.2.3", "https://10.1.2.30/"));
        // An address is not looked up, and a name is no address.
        assert!(!past("10.0.0.0/8", am));
    }

    #[test]
    fn this_machine_is_always_reached_directly() {
        let settings = settings("http://proxy:3128", "");
        for url in ["https://localhost/", "http://127.0.0.1:8080/", "https://[::1]/"] {
            assert_eq!(goes_through(&settings, url), None, "{url}");
        }
    }

    #[test]
    fn an_unusable_proxy_is_an_error_without_its_password() {
        for url in ["https://me:hunter2@proxy", "socks4://proxy", "http://", "me:hunter2@", ""] {
            let error = settings(url, "").route().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let mut read = Settings::default();
        read.from(|name| match name {
            "HTTPS_PROXY" => Some(String::new()),
            "https_proxy" => Some("socks5://proxy:1080".into()),
            "ALL_PROXY" => Some("http://other:3128".into()),
            "NO_PROXY" => Some("example.org".into()),
            _ => None,
        });
        let proxy = Some("socks5://proxy:1080/".to_owned());
        assert_eq!(goes_through(&read, "https://am.example.com/"), proxy);
        assert_eq!(goes_through(&read, "https://am.example.org/"), None);
    }

    #[test]
    fn an_unusable_proxy_of_the_environment_stands_in_the_way_of_what_it_would_lead_to_alone() {
        for url in ["socks4://me:hunter2@proxy", "socks://proxy", "https://proxy", "me:hunter2@"] {
            let mut read = Settings::default();
            read.from(|name| match name {
                "all_proxy" => Some(url.into()),
                "NO_PROXY" => Some("example.org".into()),
                _ => None,
            });
            let route = read.route().unwrap();
            let way = |url| route.proxy_for(&Uri::from_static(url));
            assert!(way("https://am.example.org/").is_none(), "{url}");
            assert!(way("https://localhost:8443/").is_none() && way("http://[::1]/").is_none());
            let error = way("https://am.example.com/").unwrap().err().unwrap();
            assert!(error.to_string().contains("all_proxy"), "{error}");
            assert!(!format!("{error:?} {error}").contains("hunter2"));
        }
    }

    #[test]
    fn a_proxy_set_by_the_program_takes_the_place_of_the_environments() {
        let mut settings = Settings::default();
        settings.from(|_| Some("socks4://proxy".into()));
        settings.url("ftp://proxy".into());
        assert_eq!(settings.route().err().unwrap().kind(), ErrorKind::Config);
    }

    #[test]
    fn without_a_proxy_everything_is_reached_directly() {
        assert_eq!(goes_through(&Settings::default(), "https://am.example.com/"), None);
    }
}
