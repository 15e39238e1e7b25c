//! `journey revoke`

use serde_json::json;

use crate::{
    command::client::Client,
    exit::{Exit, Failure, chain},
    output::Output,
};

/// Ends the tokens; the session stays.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let revocation = Client::with_user(async |user| Ok(user.revoke().await?)).await?;
    if !revocation.is_done() {
        let reason = revocation.error().map_or_else(String::new, |it| format!(": {}", chain(it)));
        let message = format!(
            "the tokens are gone here, but the server has not confirmed that they are ended{reason}"
        );
        return Err(Failure::new(Exit::Incomplete, "revoke.unconfirmed", message));
    }
    let mut lines =
        vec!["The tokens are ended, here and at the server. The session stays.".to_owned()];
    let may_remain = revocation.may_remain();
    if may_remain {
        lines.push("a token that is not known here may live on until it expires".to_owned());
    }
    output.result(&lines, &json!({ "revoked": true, "may_remain": may_remain }));
    Ok(())
}
