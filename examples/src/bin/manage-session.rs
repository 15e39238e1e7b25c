//! `manage-session SERVER REALM CLIENT-ID REDIRECT-URI NAME PASSWORD`: the story of [`manage_session`] at a
//! server of your own.

use std::error::Error;

use journey_examples::manage_session;
use journey_sdk::{Journey, OidcClient};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, realm, client_id, redirect_uri, name, password] = arguments.as_slice() else {
        return Err("needed: SERVER REALM CLIENT-ID REDIRECT-URI NAME PASSWORD".into());
    };
    let oidc = OidcClient::builder(client_id).redirect_uri(redirect_uri);
    let journey = Journey::builder(server).realm(realm).oidc(oidc).build()?;
    manage_session::run(&journey, name, password).await
}
