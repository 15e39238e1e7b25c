//! `journey session`

use serde_json::Value;

use crate::{command::client::Client, exit::Failure, output::Output};

/// Asks the server about the session, without using it.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let info = Client::with_user(async |user| Ok(user.session_info().await?)).await?;
    let lines: Vec<String> = [
        ("user", info.username()),
        ("realm", info.realm()),
        ("ends, unless used", info.max_idle_expiration_time()),
        ("ends in any case", info.max_session_expiration_time()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name:17}  {}", value?)))
    .collect();
    output.result(&lines, &Value::Object(info.as_json().clone()));
    Ok(())
}
