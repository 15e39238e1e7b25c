//! `journey userinfo`

use serde_json::Value;

use crate::{command::client::Client, exit::Failure, output::Output};

/// Asks who the user is.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let info = Client::with_user(async |user| Ok(user.user_info().await?)).await?;
    let claims = info.claims();
    let width = claims.keys().map(String::len).max().unwrap_or(0);
    let lines: Vec<String> =
        claims.iter().map(|(name, value)| format!("{name:width$}  {}", plain(value))).collect();
    output.result(&lines, &Value::Object(claims.clone()));
    Ok(())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
