//! Which client sends a request, and whether it is that client.

use crate::sim::call::{Call, find};
use crate::sim::reply::Reply;
use crate::sim::{Am, OAuthClient};

/// Authenticates a client by `Basic` header or form fields.
pub(crate) fn authenticated<'a>(
    am: &'a Am,
    call: &Call,
    realm: &str,
    form: &[(String, String)],
) -> Result<&'a OAuthClient, Reply> {
    let header = call.basic();
    let by_header = call.header("authorization").is_some();
    let (id, secret) = match header {
        Some((id, secret)) => (Some(id), Some(secret)),
        None => (
            find(form, "client_id").map(str::to_owned),
            find(form, "client_secret").map(str::to_owned),
        ),
    };
    let clients = &am.config().realms[realm].clients;
    let Some(client) = id.and_then(|id| clients.get(&id)) else {
        return Err(failed(realm, by_header, "Client authentication failed"));
    };
    match (&client.secret, secret) {
        (None, _) => Ok(client),
        (Some(own), Some(given)) if *own == given => Ok(client),
        (Some(_), Some(_)) => Err(failed(realm, by_header, "Client authentication failed")),
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
