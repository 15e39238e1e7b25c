//! What journey-oidc says: a whole sign-in through its public door.

use std::{
    error::Error as _,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use journey_core::{AccountWriter, Clock, Realm, Server, Session, TokenError, TokenProvider};
use journey_oidc::{Error, ErrorKind, OidcClient};
use journey_storage::Memory;

use crate::{CLIENT_ID, CLIENT_SECRET, Client, NOW, provider::Provider};

/// Signs in at the provider; returns why not.
pub(crate) async fn verdict(
    provider: &Arc<Provider>,
    client: Client,
    issuer: &str,
    skew: Duration,
) -> Result<(), ErrorKind> {
    let server = Server::new("https://am.example.com/am").expect("the URL is right");
    let writer = AccountWriter::new(server, Realm::root(), "default");
    writer.set_session(Some(Session::new("session", None, Realm::root())));
    let settings = OidcClient::builder(CLIENT_ID)
        .redirect_uri("https://app.example.com/callback")
        .issuer(issuer)
        .skew(skew);
    let settings = match client {
        Client::Public => settings,
        Client::Confidential => settings.client_secret_post(CLIENT_SECRET).allow_hs256(),
    };
    let clock = Clock::new(|| UNIX_EPOCH + Duration::from_secs(NOW));
    let oidc = settings
        .build(provider.http(), Arc::new(Memory::new()), clock)
        .expect("the settings can work");
    oidc.token(writer.account()).await.map(drop).map_err(|it| kind(&it))
}

fn kind(error: &TokenError) -> ErrorKind {
    let source = error.source().and_then(|it| it.downcast_ref::<Error>());
    source.unwrap_or_else(|| unreachable!("the provider answered everything: {error:?}")).kind()
}
