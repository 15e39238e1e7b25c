//! `journey refresh`

use crate::{
    command::{client::Client, token_text},
    exit::Failure,
    output::Output,
};

/// Gets new tokens, whatever the old ones are worth.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let token = Client::with_user(async |user| Ok(user.refresh().await?)).await?;
    let mut lines = vec!["New tokens.".to_owned()];
    lines.extend(token_text::lines(&token));
    output.result(&lines, &token_text::object(&token));
    Ok(())
}
