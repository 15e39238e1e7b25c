//! What everything made from one journey shares.

use std::{sync::Arc, time::Duration};

use http::{Request, Response};
use journey_core::{Registry, TokenProvider};
use journey_transport::{Body, CookieJar, Idempotent};
use secrecy::SecretString;

use crate::{account::Accounts, error::Error, parts::Parts};

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) parts: Parts,
    pub(crate) tokens: Option<Arc<dyn TokenProvider>>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) accounts: Accounts,
    pub(crate) sign_out_deadline: Duration,
}

/// The bytes of an answer, which may hold a session or an authId.
pub(crate) type Answer = Response<bytes::Bytes>;

impl Context {
    /// Returns the token provider.
    pub(crate) fn tokens(&self) -> Result<&Arc<dyn TokenProvider>, Error> {
        self.tokens.as_ref().ok_or_else(Error::no_tokens)
    }

    /// Sends a request with the cookies of a journey or an account.
    pub(crate) async fn send(
        &self,
        mut request: Request<SecretString>,
        jar: &CookieJar,
    ) -> Result<Answer, Error> {
        request.extensions_mut().insert(jar.clone());
        self.parts.http.send(request.map(Body::from)).await.map_err(Error::transport)
    }

    /// Returns the name of the session cookie, asking the server the first time.
    pub(crate) async fn cookie_name(&self) -> Result<&str, Error> {
        let server = &self.parts.server;
        if let Some(name) = server.cookie_name() {
            return Ok(name);
        }
        let mut request = server.info_request(&self.parts.realm).map_err(Error::core)?;
        request.extensions_mut().insert(Idempotent);
        let answer = self.send(request, &CookieJar::new()).await?;
        server.read_info(&answer).map_err(Error::core)
    }
}
