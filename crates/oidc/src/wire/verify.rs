//! Signatures of tokens that come from the server.

use std::sync::Arc;

use journey_core::{Account, TokenError};

use crate::{
    client::Inner,
    discovery::Metadata,
    error::{Error, IdTokenFault},
    failure,
    jose::{Algorithm, Found, JwkSet, Jws, VerifyingKey},
};

/// Claims whose signature is right; nothing else about them has been checked.
pub(super) struct Signed<C> {
    pub(super) claims: C,
    pub(super) algorithm: Algorithm,
}

impl Inner {
    /// Checks a token's signature with the server's keys, or with the client's secret for HS256.
    pub(super) async fn signed<C>(
        &self,
        doing: &str,
        who: &Account,
        metadata: &Metadata,
        jws: Jws<'_, C>,
    ) -> Result<Signed<C>, TokenError> {
        let rejected = |it| failure::rejected(doing, it);
        let algorithm = jws.algorithm(&self.config.algorithms).map_err(rejected)?;
        if algorithm == Algorithm::Hs256 {
            let secret = self.config.auth.secret().ok_or_else(|| rejected(no_key()))?;
            let claims = jws.verify(algorithm, &VerifyingKey::secret(secret)).map_err(rejected)?;
            return Ok(Signed { claims, algorithm });
        }
        let mut keys: Arc<JwkSet> = self.keys(who, metadata).await?;
        if matches!(keys.find(jws.kid(), algorithm), Found::None) {
            keys = self.newer_keys(who, metadata, &keys).await?;
        }
        let claims = match keys.find(jws.kid(), algorithm) {
            Found::One(key) => jws.verify(algorithm, &key),
            Found::None => Err(no_key()),
            Found::Several => Err(Error::id_token(
                IdTokenFault::Key,
                "the token does not say which of several keys it was signed with",
            )),
        };
        Ok(Signed { claims: claims.map_err(rejected)?, algorithm })
    }
}

fn no_key() -> Error {
    Error::id_token(IdTokenFault::Key, "the server has no key that the token could be signed with")
}
