//! Finds secrets in everything a flow logs and prints.
//!
//! A secret that is "never logged" is a promise about code not yet written. This keeps it: a test
//! runs the flow with known secrets, hands over all that the flow returned, and looks for the
//! secrets in it and in all that was traced meanwhile, also in encoded form.

mod capture;
mod forms;

use std::error::Error as StdError;
use std::fmt;

pub use self::capture::Capture;
use self::forms::forms_of;

/// A secret that was found where it must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leak {
    /// The name of the secret, as given to [`Leaks::secret`].
    pub secret: String,
    /// How it was written: `plain`, `base64` and so on.
    pub form: &'static str,
    /// Where it was found: `trace`, or as named when the text was handed over.
    pub place: String,
}

/// Collects what a flow shows, and looks for secrets in it.
///
/// ```
/// use journey_testkit::leaks::{Capture, Leaks};
///
/// let capture = Capture::start();
/// let mut leaks = Leaks::new();
/// leaks.secret("password", "Ch4ng31t");
/// tracing::debug!("signing in");
/// leaks.saw("the answer", &Some("all is well"));
/// leaks.saw_trace(&capture);
/// leaks.assert_none();
/// leaks.assert_finds_planted(&capture);
/// ```
#[derive(Default)]
pub struct Leaks {
    secrets: Vec<(String, String)>,
    texts: Vec<(String, String)>,
}

impl Leaks {
    /// Makes a collection without secrets and texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret to look for, under a name that messages may show.
    ///
    /// Short secrets are found where there are none: give them at least six characters.
    pub fn secret(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.secrets.push((name.into(), value.into()));
    }

    /// Adds several secrets, each with its name.
    pub fn secrets(&mut self, secrets: impl IntoIterator<Item = (String, String)>) {
        self.secrets.extend(secrets);
    }

    /// Adds the `Debug` text of a value, plain and pretty.
    pub fn saw(&mut self, place: &str, value: &(impl fmt::Debug + ?Sized)) {
        self.saw_text(place, format!("{value:?}\n{value:#?}"));
    }

    /// Adds an error: its `Display` and `Debug` texts and those of all its sources.
    pub fn saw_error(&mut self, place: &str, error: &(dyn StdError + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.saw_text(place, format!("{error}\n{error:#}\n{error:?}\n{error:#?}"));
            next = error.source();
        }
    }

    /// Adds a text: something that was printed, or a body.
    pub fn saw_text(&mut self, place: &str, text: impl Into<String>) {
        self.texts.push((place.to_owned(), text.into()));
    }

    /// Adds all that was traced so far.
    pub fn saw_trace(&mut self, capture: &Capture) {
        self.saw_text("trace", capture.text());
    }

    /// Returns the leaks, in the order in which the texts were handed over.
    pub fn found(&self) -> Vec<Leak> {
        let mut found = Vec::new();
        for (place, text) in &self.texts {
            for (secret, value) in &self.secrets {
                let form = forms_of(value).into_iter().find(|form| form.is_in(text));
                found.extend(form.map(|form| Leak {
                    secret: secret.clone(),
                    form: form.name,
                    place: place.clone(),
                }));
            }
        }
        found
    }

    /// Panics if there is a leak.
    ///
    /// # Panics
    /// When a secret is in one of the texts, or when there is nothing to look for or in.
    pub fn assert_none(&self) {
        assert!(!self.secrets.is_empty(), "no secret was named");
        assert!(!self.texts.is_empty(), "nothing was handed over");
        let found = self.found();
        assert!(found.is_empty(), "secrets were shown: {found:?}");
    }

    /// Panics unless each secret is found when it is planted: in each form in a text, and in a
    /// field of a traced event.
    ///
    /// A check that can find nothing proves nothing.
    ///
    /// # Panics
    /// When a planted secret is not found.
    pub fn assert_finds_planted(&self, capture: &Capture) {
        for (secret, value) in &self.secrets {
            for form in forms_of(value) {
                let leaks = Self {
                    secrets: vec![(secret.clone(), value.clone())],
                    texts: vec![("planted".to_owned(), format!("before {} after", form.text))],
                };
                assert!(!leaks.found().is_empty(), "{secret} is not found as {}", form.name);
            }
            let before = capture.text().len();
            tracing::trace!(planted = value.as_str(), "a planted leak");
            let after = capture.text();
            let planted = after.get(before..).unwrap_or_default();
            let found = forms_of(value).iter().any(|form| form.is_in(planted));
            assert!(found, "{secret} is not found in the trace");
        }
    }
}

/// Leaves out secrets and texts.
impl fmt::Debug for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaks")
            .field("secrets", &self.secrets.len())
            .field("texts", &self.texts.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn finds(text: &str) -> Option<&'static str> {
        let mut leaks = Leaks::new();
        leaks.secret("it", "s3cr\"t+/ü value");
        leaks.saw_text("here", text);
        leaks.found().first().map(|leak| leak.form)
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        assert_eq!(finds("x s3cr\"t+/ü value y"), Some("plain"));
        assert_eq!(finds("{\"p\":\"s3cr\\\"t+/ü value\"}"), Some("escaped"));
        assert_eq!(finds("p=s3cr%22t%2B%2F%C3%BC%20value&q"), Some("percent"));
        assert_eq!(finds("p=s3cr%22t%2b%2f%c3%bc%20value&q"), Some("percent"));
        assert_eq!(finds("p=s3cr%22t%2B%2F%C3%BC+value&q"), Some("form"));
        assert_eq!(finds("s3cr&quot;t+/ü value"), Some("html"));
        assert_eq!(finds(&format!("{:?}", "s3cr\"t+/ü value".as_bytes())), Some("bytes"));
        assert_eq!(finds("nothing of the kind"), None);
    }

    #[test]
    fn a_secret_is_found_inside_of_base64() {
        for prefix in ["", "a", "ab", "abc", "client:"] {
            let encoded = STANDARD.encode(format!("{prefix}s3cr\"t+/ü value and more"));
            assert_eq!(finds(&format!("Basic {encoded}")), Some("base64"), "{prefix}");
        }
    }

    #[test]
    fn a_leak_in_a_source_is_found() {
        let source = std::io::Error::other("refused: s3cr\"t+/ü value");
        let error = std::io::Error::other(source);
        let mut leaks = Leaks::new();
        leaks.secret("it", "s3cr\"t+/ü value");
        leaks.saw_error("login", &error);
        assert_eq!(leaks.found()[0].place, "login");
    }

    #[test]
    fn a_leak_in_a_span_is_found() {
        let capture = Capture::start();
        let mut leaks = Leaks::new();
        leaks.secret("it", "sentinel-in-a-span");
        let span = tracing::trace_span!("request", token = tracing::field::Empty);
        span.record("token", "sentinel-in-a-span");
        drop(span);
        leaks.saw_trace(&capture);
        assert_eq!(leaks.found().len(), 1);
        leaks.assert_finds_planted(&capture);
    }

    #[test]
    #[should_panic(expected = "is not found in the trace")]
    fn a_capture_of_another_thread_is_noticed() {
        let capture = std::thread::spawn(Capture::start_detached).join().expect("no panic");
        let mut leaks = Leaks::new();
        leaks.secret("it", "sentinel-elsewhere");
        leaks.assert_finds_planted(&capture);
    }
}
