//! A journey that is about to start.

use std::{future::IntoFuture, pin::Pin, sync::Arc};

use journey_core::{AuthIndex, Responder, Resume, Start};
use journey_transport::CookieJar;
use secrecy::SecretString;
use tracing::Instrument;

use crate::{
    context::Context,
    error::Error,
    exchange::Exchange,
    node::{FailureNode, Node},
    run::Run,
    user::User,
};

/// Starts a journey when awaited; options come before.
///
/// The options belong to this journey: they go with each of its steps and with no other journey's.
#[derive(Debug)]
#[must_use = "nothing starts until this is awaited"]
pub struct StartJourney {
    context: Arc<Context>,
    start: Start,
    account: String,
    upgrade: Option<User>,
    resume: Option<Resume>,
}

impl StartJourney {
    pub(crate) fn new(context: Arc<Context>, start: Start, account: &str) -> Self {
        Self { context, start, account: account.to_owned(), upgrade: None, resume: None }
    }

    /// Goes on with a journey that was suspended, instead of starting one.
    pub(crate) fn resuming(mut self, resume: Resume) -> Self {
        self.resume = Some(resume);
        self
    }

    /// Asks the user again even where a session would do.
    pub fn force_auth(mut self) -> Self {
        self.start = self.start.force_auth();
        self
    }

    /// Runs the journey without getting a session at its end.
    pub fn no_session(mut self) -> Self {
        self.start = self.start.no_session();
        self
    }

    /// Keeps the login in a named slot, for programs with several users.
    ///
    /// A back end names a slot for each browser it serves, by a random number that only this browser knows: without
    /// a name all share the slot `default`, where the last one to sign in takes the place of the one before. A name
    /// that the user types is none: whoever types another's name would sign in over that one's login.
    pub fn account(mut self, name: &str) -> Self {
        name.clone_into(&mut self.account);
        self
    }

    /// Goes on from the session of a user who has signed in, to raise what it is good for.
    ///
    /// The new session takes the place of the old one in the user's own slot, and tokens stay.
    pub fn upgrade(mut self, user: &User) -> Self {
        self.upgrade = Some(user.clone());
        self
    }

    /// Asks for texts in a language; the value of `Accept-Language`, such as `de-CH, de;q=0.9`.
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.start = self.start.locale(locale);
        self
    }

    /// Says what to authenticate by, where it is not a journey's name: a policy's advice, a transaction ..
    pub fn index(mut self, index: AuthIndex) -> Self {
        self.start = self.start.index(index);
        self
    }

    /// Sends name and password along with the first request. Chains take them; a tree does only with a Zero
    /// Page Login node.
    pub fn credentials(
        mut self,
        name: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.start = self.start.credentials(name, password);
        self
    }

    /// Says where the user would like to go; AM may repeat it as the session's `success_url`.
    pub fn goto(mut self, url: impl Into<String>) -> Self {
        self.start = self.start.goto(url);
        self
    }

    /// Says where the user would like to go after a refusal; AM may repeat it as the `failure_url`.
    pub fn goto_on_fail(mut self, url: impl Into<String>) -> Self {
        self.start = self.start.goto_on_fail(url);
        self
    }

    /// Adds a query parameter, for nodes that look at it.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.start = self.start.query(name, value);
        self
    }

    /// Runs the journey to its end with a responder, such as [`Answers`](journey_core::Answers).
    pub fn run(self, responder: impl Responder) -> Run {
        Run::new(self, Arc::new(responder))
    }

    async fn begin(mut self) -> Result<Node, Error> {
        let resumed = self.resume.is_some();
        if let Some(user) = self.upgrade.take() {
            let account = user.account();
            if account.server() != self.start.server() || account.realm() != self.start.realm() {
                return Err(Error::foreign_user());
            }
            account.name().clone_into(&mut self.account);
            let session = user.session().ok_or_else(Error::no_session)?;
            // The name of the cookie, and the kind of server, decide how the session is shown.
            if user.session_info_if_valid().await?.is_none() {
                return Err(Error::session_ended());
            }
            self.start = self.start.upgrade(session);
        }
        let request = match &self.resume {
            Some(resume) => self.start.resume(resume),
            None => self.start.request(),
        };
        let request = request.map_err(Error::core)?;
        let exchange = Exchange {
            context: self.context,
            start: self.start,
            jar: CookieJar::new(),
            account: self.account,
            resumed,
        };
        let sent = self.resume.as_ref().map(Resume::secrets).unwrap_or_default();
        match Arc::new(exchange).detached(request).await {
            Ok(Node::Error(refused)) => Ok(Node::Error(refused.hiding(&sent))),
            Ok(node) => Ok(node),
            Err(error) => Err(error.hiding(&sent)),
        }
    }
}

impl IntoFuture for StartJourney {
    type Output = Result<Node, FailureNode>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'static>>;

    fn into_future(self) -> Self::IntoFuture {
        let parts = &self.context.parts;
        let span = tracing::info_span!("journey.start", realm = %parts.realm);
        Box::pin(
            async move { self.begin().await.map_err(|error| FailureNode::new(error, None)) }
                .instrument(span),
        )
    }
}
