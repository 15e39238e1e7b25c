//! The one line that plugs OpenID Connect in.

use journey_oidc::OidcClientBuilder;

use crate::builder::JourneyBuilder;

impl JourneyBuilder {
    /// Plugs the OpenID Connect module in, so that users have tokens.
    ///
    /// It uses the journey's own HTTP client, store and clock.
    pub fn oidc(self, client: OidcClientBuilder) -> Self {
        self.tokens_with(move |parts| {
            let (http, storage) = (parts.http().clone(), parts.storage().clone());
            Ok(client.build(http, storage, parts.clock().clone())?)
        })
    }
}
