//! What is asked, with fresh secrets each time.

use secrecy::SecretString;

use crate::{config::Config, error::Error, form::Form, pkce::Pkce, random};

/// One authorization request; its state, nonce and verifier are used once.
pub(crate) struct AuthorizationRequest {
    pub(crate) state: SecretString,
    pub(crate) nonce: SecretString,
    pub(crate) pkce: Pkce,
}

impl AuthorizationRequest {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self { state: random::token()?, nonce: random::token()?, pkce: Pkce::new()? })
    }

    /// Writes the parameters: the query of a GET, the body of a POST.
    pub(crate) fn form(&self, config: &Config) -> Form {
        let mut form = Form::new();
        form.add("response_type", "code");
        form.add("client_id", &config.client_id);
        form.add("redirect_uri", &config.redirect_uri);
        if !config.scopes.is_empty() {
            form.add("scope", &config.scopes.join(" "));
        }
        form.add_secret("state", &self.state);
        form.add_secret("nonce", &self.nonce);
        form.add("code_challenge", &self.pkce.challenge);
        form.add("code_challenge_method", "S256");
        if let Some(age) = config.max_age {
            form.add("max_age", &age.as_secs().to_string());
        }
        if !config.acr_values.is_empty() {
            form.add("acr_values", &config.acr_values.join(" "));
        }
        for (name, value) in &config.extra {
            form.add(name, value);
        }
        form
    }
}
