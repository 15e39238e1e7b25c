//! Which client sends a request, and whether it is that client.

use std::time::UNIX_EPOCH;

use rustls::pki_types::UnixTime;

use crate::sim::call::{Call, find};
use crate::sim::oauth::assertion;
use crate::sim::reply::Reply;
use crate::sim::state::State;
use crate::sim::{Am, OAuthClient};

/// Authenticates a client by the one way it is registered for: `Basic` header or form fields, a signed
/// assertion, the certificate of its connection, or its name alone.
pub(crate) fn authenticated<'a>(
    am: &'a Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    form: &[(String, String)],
) -> Result<&'a OAuthClient, Reply> {
    let header = call.basic();
    let by_header = call.header("authorization").is_some();
    let asserted = find(form, "client_assertion").is_some();
    let (id, secret) = match header {
        Some((id, secret)) => (Some(id), Some(secret)),
        None => (
            find(form, "client_id").map(str::to_owned).or_else(|| assertion::named(form)),
            find(form, "client_secret").map(str::to_owned),
        ),
    };
    let clients = &am.config().realms[realm].clients;
    let Some(client) = id.and_then(|id| clients.get(&id)) else {
        return Err(failed(realm, by_header, "Client authentication failed"));
    };
    let refused = || Err(failed(realm, by_header, "Client authentication failed"));
    if let Some(rule) = &client.certificate {
        let now = am.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        return match rule.fits(call.peer.as_ref(), UnixTime::since_unix_epoch(now)) {
            true => Ok(client),
            false => refused(),
        };
    }
    if !client.keys.is_empty() || asserted {
        let one_way = !by_header && secret.is_none();
        return match one_way && assertion::proves(am, state, call, realm, client, form) {
            true => Ok(client),
            false => refused(),
        };
    }
    match (&client.secret, secret) {
        (None, _) => Ok(client),
        (Some(own), Some(given)) if *own == given => Ok(client),
        (Some(_), Some(_)) => refused(),
        (Some(_), None) => {
            let description = "Invalid authentication method for accessing this endpoint.";
            Err(failed(realm, by_header, description))
        }
    }
}

/// 401 when the client tried a header, else 400.
fn failed(realm: &str, by_header: bool, description: &str) -> Reply {
    match by_header {
        true => Reply::oauth_error(401, "invalid_client", description)
            .header(http::header::WWW_AUTHENTICATE, &format!("Basic realm=\"{realm}\"")),
        false => Reply::oauth_error(400, "invalid_client", description),
    }
}
