//! `journey token`

use std::io::{self, Write};

use journey_sdk::ExposeSecret;

use crate::{
    command::{client::Client, token_text},
    exit::Failure,
    output::Output,
};

/// Gets an access token: the stored one, else a refreshed or a new one.
pub(crate) async fn run(raw: bool, output: Output) -> Result<(), Failure> {
    let token = Client::with_user(async |user| Ok(user.token().await?)).await?;
    if raw {
        let written = writeln!(io::stdout(), "{}", token.value().expose_secret());
        return written.map_err(|error| Failure::local("could not write the token", &error));
    }
    output.result(&token_text::lines(&token), &token_text::object(&token));
    Ok(())
}
