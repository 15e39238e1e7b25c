//! `journey sim`

use std::io;

use journey_testkit::sim::Am;
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    output::Output,
};

/// Runs the simulated server on loopback until Ctrl-C.
pub(crate) async fn run(port: u16, output: Output) -> Result<(), Failure> {
    let serving = Am::demo().serve_on(port).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::new(Exit::Usage, "usage.port", format!("port {port} is taken"))
        }
        _ => Failure::local("could not listen on 127.0.0.1", &error),
    })?;
    let url = serving.url();
    let program = std::env::args().next().unwrap_or_else(|| "journey".to_owned());
    let lines = [
        format!("A simulated AM listens at {url} until Ctrl-C."),
        "  realms   root and alpha".to_owned(),
        "  journey  Login".to_owned(),
        "  user     demo, password Ch4ng31t".to_owned(),
        "  client   sdkClient, redirect URI http://localhost:8080/callback".to_owned(),
        "Try, in another terminal:".to_owned(),
        format!(
            "  {program} login --url {url} --realm alpha --journey Login \
             --client-id sdkClient --redirect-uri http://localhost:8080/callback"
        ),
    ];
    output.result(&lines, &json!({ "url": url, "realms": ["root", "alpha"], "journey": "Login" }));
    let waited = tokio::signal::ctrl_c().await;
    waited.map_err(|error| Failure::local("could not wait for Ctrl-C", &error))
}
