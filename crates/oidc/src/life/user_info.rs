//! Who the user is, with a token that is renewed first if needed.

use journey_core::{Account, TokenError, UserInfo};

use crate::{client::OidcClient, life::Want, wire::Told};

impl OidcClient {
    pub(crate) async fn who_is(&self, who: &Account) -> Result<UserInfo, TokenError> {
        // Read first: what is learned with a token of this generation is never kept under a later one.
        let generation = who.generation();
        let token = match self.0.at_hand(who) {
            Some(token) => token,
            None => self.renewed(who, Want::Usable).await?,
        };
        let entry = self.0.accounts.entry(who.id());
        let keep = self.0.config.user_info_for;
        // The user may have changed while the token was got.
        let kept = entry.user_info(generation).filter(|_| generation == who.generation());
        if let Some(info) = kept {
            return Ok(info);
        }
        let info = match self.0.ask_user_info(who, &token).await? {
            Told::Claims(info) => info,
            Told::TokenRefused(_) => {
                // Revoked at the server, or ended by its clock: a new one shows which.
                let token = self.renewed(who, Want::New).await?;
                match self.0.ask_user_info(who, &token).await? {
                    Told::Claims(info) => info,
                    Told::TokenRefused(error) => return Err(error),
                }
            }
        };
        if !keep.is_zero() && generation == who.generation() {
            entry.keep_user_info(info.clone(), generation, keep);
        }
        Ok(info)
    }
}
