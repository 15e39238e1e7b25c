//! Authentication trees: what a journey asks, page by page.

mod callback;
mod page;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(crate) use self::callback::{Asked, CallbackSpec, Context, Unfit};
pub(crate) use self::page::Condition;
pub use self::page::{Answers, Next, Page};

/// A tree (in OpenAM's words a chain): pages that are asked one after the other.
///
/// A page that holds a password checks it; after the last page the user is signed in.
///
/// ```
/// use journey_testkit::sim::{Page, Tree};
///
/// let tree = Tree::new("Login")
///     .page(Page::new().stage("UsernamePassword").name("User Name").password("Password"))
///     .page(Page::new().header("One more thing").one_time_password("Code", "123456"));
/// assert_eq!(tree.name(), "Login");
/// ```
#[derive(Debug, Clone)]
pub struct Tree {
    name: String,
    pub(crate) pages: Vec<Page>,
    pub(crate) zero_page: bool,
    pub(crate) no_session: bool,
    pub(crate) success_details: BTreeMap<String, Value>,
    pub(crate) failure_details: Map<String, Value>,
    pub(crate) success_url: Option<String>,
    pub(crate) success_cookies: Vec<String>,
}

impl Tree {
    /// Makes a tree without pages.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            pages: Vec::new(),
            zero_page: false,
            no_session: false,
            success_details: BTreeMap::new(),
            failure_details: Map::new(),
            success_url: None,
            success_cookies: Vec::new(),
        }
    }

    /// Makes the usual tree: name and password on one page.
    pub fn password(name: impl Into<String>) -> Self {
        Self::new(name).page(Page::credentials())
    }

    /// Returns the name that a client starts it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a page.
    #[must_use]
    pub fn page(mut self, page: Page) -> Self {
        self.pages.push(page);
        self
    }

    /// Sets a cookie at the end, as a Set Persistent Cookie node does; `value` is the whole header.
    #[must_use]
    pub fn success_cookie(mut self, value: impl Into<String>) -> Self {
        self.success_cookies.push(value.into());
        self
    }

    /// Adds a second factor: a code of an authenticator app, which the user enrolls the first time.
    ///
    /// The pages are those of OpenAM: the app's secret comes in a script, as an `otpauth` URI; three
    /// tries for the code. [`totp_code`](crate::sim::totp_code) computes one.
    #[must_use]
    pub fn totp(self, issuer: impl Into<String>) -> Self {
        let page = |stage: &str| Page::new().module("AuthenticatorOATH").stage(stage);
        let asked = "Enter verification code:";
        let skippable = |answers: &Answers| match answers.number(1).or(answers.number(0)) {
            Some(1) => Next::Succeed,
            _ => Next::Proceed,
        };
        let choose = page("AuthenticatorOATH2")
            .header("Authenticator (OATH)")
            .confirmation("", ["Register device", "Skip this step"], 0)
            .decide(skippable);
        let enroll = page("AuthenticatorOATH5")
            .header("Register your device with OpenAM")
            .text_output(
                "\n            Scan the barcode image below with the ForgeRock Authenticator App. \
                 Once registered click the button to\n            enter your verification code and \
                 login.\n        ",
            )
            .totp_script(issuer)
            .confirmation("", ["Login using verification code"], 0);
        let first = page("AuthenticatorOATH7")
            .header("Authenticator (OATH)")
            .totp_code(asked)
            .confirmation("", ["Submit", "Skip this step"], 0)
            .decide(skippable);
        let again = page("AuthenticatorOATH4")
            .header("Authenticator (OATH)")
            .totp_code(asked)
            .confirmation("", ["Submit"], 0);
        [choose, enroll, first]
            .into_iter()
            .fold(self, |tree, page| tree.page(page.only(Condition::WithoutDevice)))
            .page(again.only(Condition::WithDevice))
    }

    /// Lets a client send name and password as headers of the first request.
    ///
    /// OpenAM's chains always do; PingAM's trees only with a Zero Page Login node.
    #[must_use]
    pub fn zero_page_login(mut self) -> Self {
        self.zero_page = true;
        self
    }

    /// Never issues a session, whatever the client asks.
    #[must_use]
    pub fn without_session(mut self) -> Self {
        self.no_session = true;
        self
    }

    /// Adds a key to the final answer, as a Set Success Details node does.
    #[must_use]
    pub fn success_detail(mut self, name: impl Into<String>, value: Value) -> Self {
        self.success_details.insert(name.into(), value);
        self
    }

    /// Adds a key to the `detail` of a refusal, as a Set Failure Details node does.
    #[must_use]
    pub fn failure_detail(mut self, name: impl Into<String>, value: Value) -> Self {
        self.failure_details.insert(name.into(), value);
        self
    }

    /// Sets the `successUrl` of the final answer when the client gave no `goto`.
    #[must_use]
    pub fn success_url(mut self, url: impl Into<String>) -> Self {
        self.success_url = Some(url.into());
        self
    }
}
