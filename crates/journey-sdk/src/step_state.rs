//! A half-done journey on its way to another process.

use std::{fmt, sync::Arc};

use journey_core::{Start, Step};
use journey_transport::CookieJar;
use secrecy::{ExposeSecret, SecretString};

use crate::{context::Context, error::Error, exchange::Exchange, node::ContinueNode};

/// What the text begins with, and its version.
const HEAD: &str = "journey-state 1";

/// What a sealed state opens as, and as nothing else.
#[cfg(feature = "file")]
const PLACE: &[u8] = b"journey-sdk half-done journey";

/// Holds a half-done journey: the step with its answers so far, the options, the cookies, the account.
///
/// It is as secret as the password in it, so it has no `Serialize`: either [`expose`](Self::expose) it into a
/// place that is safe, or [`seal`](Self::seal) it with a key of your own, for a web page to carry.
#[derive(Clone)]
pub struct StepState(SecretString);

impl StepState {
    pub(crate) fn write(step: &Step, exchange: &Exchange) -> Self {
        let (start, cookies, step) =
            (exchange.start.to_state(), exchange.jar.export(), step.to_state());
        let parts = [
            exchange.account.as_str(),
            start.expose_secret(),
            cookies.expose_secret(),
            step.expose_secret(),
        ];
        let lengths = parts.map(|it| it.len().to_string()).join(" ");
        let capacity =
            HEAD.len() + lengths.len() + 2 + parts.iter().map(|it| it.len()).sum::<usize>();
        let mut text = String::with_capacity(capacity);
        text.extend([HEAD, " ", &lengths, "\n"]);
        text.extend(parts);
        Self(text.into())
    }

    pub(crate) fn read(&self, context: &Arc<Context>) -> Result<ContinueNode, Error> {
        let [account, start, cookies, step] = self.parts().ok_or_else(unreadable)?;
        let parts = &context.parts;
        let registry = Arc::clone(&context.registry);
        let start = Start::from_state(&start.into(), parts.server.clone(), registry);
        let start = start.map_err(Error::core)?;
        if *start.realm() != parts.realm {
            return Err(Error::state("the half-done journey is for another realm"));
        }
        let step = Step::from_state(&step.into(), &context.registry).map_err(Error::core)?;
        let jar = CookieJar::import(&cookies.into()).map_err(Error::transport)?;
        let context = Arc::clone(context);
        let exchange =
            Exchange { context, start, jar, account: account.to_owned(), resumed: false };
        Ok(ContinueNode::from_parts(step, exchange))
    }

    /// Takes a text that [`expose`](Self::expose) gave.
    pub fn from_exposed(text: impl Into<SecretString>) -> Self {
        Self(text.into())
    }

    /// Gives the text. It holds the authId and every answer, passwords included.
    pub fn expose(&self) -> &SecretString {
        &self.0
    }

    /// Seals the text with a key: nobody without it can read it, or change a byte unnoticed.
    ///
    /// # Errors
    /// [`Error`] of kind `Storage` when there are no random numbers.
    #[cfg(feature = "file")]
    pub fn seal(&self, key: &journey_storage::SealingKey) -> Result<Vec<u8>, Error> {
        key.seal(PLACE, self.0.expose_secret().as_bytes()).map_err(Error::storage)
    }

    /// Opens what [`seal`](Self::seal) gave.
    ///
    /// # Errors
    /// [`Error`] of kind `Storage` when it was sealed with another key, or changed.
    #[cfg(feature = "file")]
    pub fn open(sealed: &[u8], key: &journey_storage::SealingKey) -> Result<Self, Error> {
        let text = key.open(PLACE, sealed).map_err(Error::storage)?;
        std::str::from_utf8(&text).map(|it| Self(it.into())).map_err(|_| unreadable())
    }

    fn parts(&self) -> Option<[&str; 4]> {
        let (line, mut rest) = self.0.expose_secret().split_once('\n')?;
        let mut lengths = line.strip_prefix(HEAD)?.strip_prefix(' ')?.split(' ');
        let mut parts = [""; 4];
        for part in &mut parts {
            let length = lengths.next()?.parse().ok()?;
            (*part, rest) = rest.split_at_checked(length)?;
        }
        (lengths.next().is_none() && rest.is_empty()).then_some(parts)
    }
}

fn unreadable() -> Error {
    Error::state("the half-done journey can't be read, or is of another version")
}

impl fmt::Debug for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepState").finish_non_exhaustive()
    }
}
