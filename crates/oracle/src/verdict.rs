//! Both verdicts on one thing.

use std::time::Duration;

use journey_oidc::ErrorKind;

use crate::{
    Client, Document, ISSUER, Token, ours,
    provider::{Provider, Sent},
    theirs,
};

/// Whether each of the two accepts, and why not.
#[derive(Debug)]
pub struct Verdicts {
    /// What journey-oidc says.
    pub ours: Result<(), ErrorKind>,
    /// What openidconnect says.
    pub theirs: Result<(), String>,
}

impl Verdicts {
    /// Tells whether both accept or both refuse.
    pub fn agree(&self) -> bool {
        self.ours.is_ok() == self.theirs.is_ok()
    }
}

/// Issues a token to journey-oidc in a sign-in, and shows openidconnect the same bytes; no leeway.
pub async fn token_verdicts(token: &Token) -> Verdicts {
    token_verdicts_with_skew(token, Duration::ZERO).await
}

/// As [`token_verdicts`], with the leeway that journey-oidc gives to clocks.
pub async fn token_verdicts_with_skew(token: &Token, skew: Duration) -> Verdicts {
    let provider = Provider::new(Document::good(ISSUER).text(), token.clone());
    let ours = ours::verdict(&provider, token.client, ISSUER, skew).await;
    // Ours asks for the keys before it asks for the token, and not for the token when they are no good.
    let sent = provider.sent().unwrap_or_else(|| Sent::without_asking(token));
    let theirs = theirs::token_verdict(&sent, token.client, &token.key_set());
    Verdicts { ours, theirs }
}

/// Serves a discovery document to both, each of which expects `issuer`.
pub async fn document_verdicts(document: &Document, issuer: &str) -> Verdicts {
    let mut token = Token::good("ES256");
    // The token is not in question here: it is right for whoever accepts the document.
    token.claims.insert("iss".to_owned(), issuer.into());
    let keys = token.key_set();
    let provider = Provider::new(document.text(), token);
    let ours = ours::verdict(&provider, Client::Public, issuer, Duration::ZERO).await;
    Verdicts { ours, theirs: theirs::document_verdict(&document.text(), issuer, &keys) }
}
