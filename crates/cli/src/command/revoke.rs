//! `journey revoke`

use journey_sdk::Revocation;
use serde_json::json;

use crate::{
    command::client::Client,
    exit::{Exit, Failure, chain},
    output::Output,
};

/// Said when the server may hold something alive that nobody here knows.
pub(super) const MAY_REMAIN: &str = "a token that is not known here may live on until it expires";

/// Ends the tokens; the session stays.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let revocation = Client::with_user(async |user| Ok(user.revoke().await?)).await?;
    if !revocation.is_done() {
        return Err(unconfirmed(&revocation));
    }
    let mut lines =
        vec!["The tokens are ended, here and at the server. The session stays.".to_owned()];
    let may_remain = revocation.may_remain();
    if may_remain {
        lines.push(MAY_REMAIN.to_owned());
    }
    output.result(&lines, &json!({ "revoked": true, "may_remain": may_remain }));
    Ok(())
}

fn unconfirmed(revocation: &Revocation) -> Failure {
    let more = match revocation.may_remain() {
        true => format!(", and {MAY_REMAIN}"),
        false => String::new(),
    };
    let reason = revocation.error().map_or_else(String::new, |it| format!(": {}", chain(it)));
    let message = format!(
        "the tokens are gone here, but the server has not confirmed that they are ended{more}{reason}"
    );
    Failure::new(Exit::Incomplete, "revoke.unconfirmed", message)
}

#[cfg(test)]
mod tests {
    use journey_sdk::{PendingSignOut, SignOutResult, SignOutStep};

    use super::*;

    #[test]
    fn what_may_remain_is_told_also_when_the_server_has_not_confirmed() {
        let later = || async { SignOutResult::Done };
        let pending = PendingSignOut::new(SignOutStep::RevokeTokens, later);
        let mut revocation = Revocation::pending("the server is down", pending);
        let told = unconfirmed(&revocation).to_string();
        assert!(told.ends_with("are ended: the server is down"), "{told}");

        revocation.note_remainder();

        let told = unconfirmed(&revocation).to_string();
        assert!(told.contains(MAY_REMAIN) && told.ends_with(": the server is down"), "{told}");
    }
}
