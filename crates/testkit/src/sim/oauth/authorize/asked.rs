//! What was asked for.

use http::Method;

use crate::sim::OAuthClient;
use crate::sim::call::{Call, find};
use crate::sim::oauth::authorize::Stop;

/// The request's parameters, from the query or from a posted form.
pub(crate) struct Asked {
    pub(crate) parameters: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn of(call: &Call) -> Self {
        let mut parameters = call.query.clone();
        if call.method == Method::POST {
            parameters.extend(call.form());
        }
        Self { parameters }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name).filter(|it| !it.is_empty())
    }

    /// Exactly one of the registered ones; may be left out when there is one.
    pub(crate) fn redirect_uri(&self, client: &OAuthClient) -> Option<String> {
        match (self.get("redirect_uri"), client.redirect_uris.as_slice()) {
            (Some(uri), registered) => registered.iter().find(|it| *it == uri).cloned(),
            (None, [only]) => Some(only.clone()),
            (None, _) => None,
        }
    }

    /// The scopes, all of which the client must be allowed to ask for.
    pub(crate) fn scopes(&self, client: &OAuthClient) -> Result<Vec<String>, Stop> {
        let Some(scope) = self.get("scope") else { return Ok(client.default_scopes.clone()) };
        let scopes: Vec<String> = scope.split_whitespace().map(str::to_owned).collect();
        let unknown: Vec<&str> =
            scopes.iter().filter(|it| !client.scopes.contains(it)).map(String::as_str).collect();
        match unknown.is_empty() {
            true => Ok(scopes),
            false => {
                let description = format!("Unknown/invalid scope(s): [{}]", unknown.join(", "));
                Err(Stop::Error("invalid_scope", description))
            }
        }
    }

    /// Challenge and method of PKCE; a client without a secret must use it.
    pub(crate) fn challenge(&self, client: &OAuthClient) -> Result<Option<(String, String)>, Stop> {
        let error = |text: &str| Err(Stop::Error("invalid_request", text.to_owned()));
        let Some(challenge) = self.get("code_challenge") else {
            return match client.is_public() {
                true => error("Missing parameter, 'code_challenge'"),
                false => Ok(None),
            };
        };
        // AM takes the plain method too, and takes it for granted when none is named.
        let method = self.get("code_challenge_method").unwrap_or("plain");
        match method {
            "plain" | "S256" => Ok(Some((challenge.to_owned(), method.to_owned()))),
            _ => error("Invalid value for 'code_challenge_method'"),
        }
    }
}
