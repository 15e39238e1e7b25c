//! One journey's way to the server and back.

use std::sync::Arc;

use http::Request;
use journey_core::{Outcome, Session, Start, Success};
use journey_transport::{CookieJar, retry_after};
use secrecy::SecretString;

use crate::{
    context::{Answer, Context},
    error::Error,
    node::{ContinueNode, ErrorNode, Node, SuccessNode},
    session_store,
};

/// What all steps of one journey share. Its cookies are its own: the answer to an expired step deletes
/// the session cookie, and that must not sign anybody out.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) context: Arc<Context>,
    pub(crate) start: Start,
    pub(crate) jar: CookieJar,
    pub(crate) account: String,
    /// Begun by a link: there is nothing to start anew with.
    pub(crate) resumed: bool,
}

impl Exchange {
    /// Sends a request on a task of its own, so that a session in the answer comes home even if nobody
    /// waits any more.
    pub(crate) async fn detached(
        self: Arc<Self>,
        request: Request<SecretString>,
    ) -> Result<Node, Error> {
        let task = self.context.parts.http.tasks().here().map_err(Error::transport)?;
        task.run(async move { self.exchange(request).await }).await.map_err(Error::transport)?
    }

    /// The same journey, with none of its cookies.
    pub(crate) fn anew(&self) -> Self {
        Self {
            context: Arc::clone(&self.context),
            start: self.start.clone(),
            jar: CookieJar::new(),
            account: self.account.clone(),
            resumed: self.resumed,
        }
    }

    /// Finds out what the next request needs: how a session that is stepped up is shown to this server.
    pub(crate) async fn prepare(&self) -> Result<(), Error> {
        let Some(session) = self.start.upgraded_session() else { return Ok(()) };
        self.context.cookie_name().await?;
        if self.start.server().session_api().is_none() {
            self.context.session_call(session, &self.jar, Session::info_request).await?;
        }
        Ok(())
    }

    async fn exchange(self: Arc<Self>, request: Request<SecretString>) -> Result<Node, Error> {
        let answer = self.context.send(request, &self.jar).await?;
        match self.read(&answer)? {
            Outcome::Continue(step) => Ok(Node::Continue(ContinueNode::new(step, self))),
            Outcome::Error(refused) => Ok(Node::Error(ErrorNode::new(refused))),
            Outcome::Success(success) => Ok(Node::Success(self.succeed(success, &answer).await?)),
        }
    }

    fn read(&self, answer: &Answer) -> Result<Outcome, Error> {
        self.start.read(answer).map_err(|error| {
            let wait = retry_after(answer, self.context.parts.clock.now());
            Error::core(error).with_retry_after(wait)
        })
    }

    async fn succeed(&self, success: Success, answer: &Answer) -> Result<SuccessNode, Error> {
        let (session, input) = self.with_session(success, answer).await?.into_parts();
        let Some(session) = session else { return Ok(SuccessNode::without_session(input)) };
        let kept = session_store::keep(self, &session).await;
        Ok(SuccessNode::new(input, session, kept.user, kept.stored, kept.replaced))
    }

    /// A server may keep the session out of the body; then it is in a cookie, whose name must be known
    /// to read it.
    async fn with_session(&self, success: Success, answer: &Answer) -> Result<Success, Error> {
        let known = self.context.parts.server.cookie_name().is_some();
        if success.session().is_some() || self.start.is_without_session() || known {
            return Ok(success);
        }
        self.context.cookie_name().await?;
        match self.read(answer)? {
            Outcome::Success(again) => Ok(again),
            _ => Ok(success),
        }
    }
}
