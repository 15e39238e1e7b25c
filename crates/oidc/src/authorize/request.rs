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

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use secrecy::ExposeSecret;
    use url::form_urlencoded;

    use super::*;
    use crate::OidcClient;

    fn written(request: &AuthorizationRequest, config: &Config) -> HashMap<String, String> {
        let form = request.form(config).into_secret();
        let pairs = form_urlencoded::parse(form.expose_secret().as_bytes()).into_owned();
        let pairs: Vec<_> = pairs.collect();
        let count = pairs.len();
        let pairs = HashMap::from_iter(pairs);
        assert_eq!(pairs.len(), count, "a parameter stands twice");
        pairs
    }

    #[test]
    fn each_setting_is_written_as_the_standards_have_it() {
        let config = OidcClient::builder("app")
            .redirect_uri("com.example.app:/callback")
            .scopes(["profile", "openid", "openid"])
            .max_age(Duration::from_secs(900))
            .acr_values(["gold", "silver"])
            .prompt("none")
            .prompt("consent")
            .login_hint("demo@example.com")
            .ui_locales("fr-CA en")
            .display("touch")
            .claims(r#"{"id_token":{"email":null}}"#)
            .extra("service", "A & B=C")
            .into_config()
            .unwrap();
        let request = AuthorizationRequest::new().unwrap();
        let form = written(&request, &config);
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", "com.example.app:/callback"),
            ("scope", "openid profile"),
            ("state", request.state.expose_secret()),
            ("nonce", request.nonce.expose_secret()),
            ("code_challenge", request.pkce.challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("max_age", "900"),
            ("acr_values", "gold silver"),
            ("prompt", "consent"),
            ("login_hint", "demo@example.com"),
            ("ui_locales", "fr-CA en"),
            ("display", "touch"),
            ("claims", r#"{"id_token":{"email":null}}"#),
            ("service", "A & B=C"),
        ] {
            assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!(form.len(), 16, "and nothing else: {:?}", form.keys());
    }

    #[test]
    fn nothing_that_ought_to_be_fresh_is_used_twice() {
        let config = OidcClient::builder("app").redirect_uri("app:/x").into_config().unwrap();
        let [one, two] = [0; 2].map(|_| AuthorizationRequest::new().unwrap());
        let (one, two) = (written(&one, &config), written(&two, &config));
        let mut seen = std::collections::HashSet::new();
        for form in [one, two] {
            for name in ["state", "nonce", "code_challenge"] {
                assert!(form[name].len() >= 43, "256 bits");
                assert!(seen.insert(form[name].clone()), "{name}");
            }
        }
    }
}
