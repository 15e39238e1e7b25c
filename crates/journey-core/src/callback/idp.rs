//! `IdPCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks for a token of a social provider that the program gets by itself, without AM's redirect.
///
/// ```json
/// {"type": "IdPCallback", "output": [{"name": "provider", "value": "google"},
///  {"name": "clientId", "value": "client"}, {"name": "redirectUri", "value": "https://app.example.com/cb"},
///  {"name": "scopes", "value": ["openid"]}, {"name": "nonce", "value": "n-1"},
///  {"name": "acrValues", "value": []}, {"name": "request", "value": ""}, {"name": "requestUri", "value": ""}],
///  "input": [{"name": "IDToken1token", "value": ""}, {"name": "IDToken1token_type", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct IdPCallback {
    raw: RawCallback,
    provider: String,
    token: usize,
    token_type: usize,
}

/// Says what kind of token is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdPTokenKind {
    /// An OpenID Connect id_token.
    IdToken,
    /// An access token.
    AccessToken,
    /// An authorization code, which AM exchanges.
    AuthorizationCode,
}

impl IdPCallback {
    /// Returns the provider's name.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Returns the client id that AM has at the provider.
    pub fn client_id(&self) -> String {
        self.raw.output_text("clientId").unwrap_or_default()
    }

    /// Returns the redirect URI registered at the provider.
    pub fn redirect_uri(&self) -> String {
        self.raw.output_text("redirectUri").unwrap_or_default()
    }

    /// Returns the scopes to ask for.
    pub fn scopes(&self) -> Vec<String> {
        self.raw.output_texts("scopes")
    }

    /// Returns the nonce that the id_token must hold; none when any will do.
    pub fn nonce(&self) -> Option<String> {
        self.filled("nonce")
    }

    /// Returns the authentication context classes to ask for.
    pub fn acr_values(&self) -> Vec<String> {
        self.raw.output_texts("acrValues")
    }

    /// Returns the signed request object to send along.
    pub fn request(&self) -> Option<String> {
        self.filled("request")
    }

    /// Returns where the provider finds the request object.
    pub fn request_uri(&self) -> Option<String> {
        self.filled("requestUri")
    }

    /// Tells whether AM takes a JSON text with user data in place of the bare token.
    pub fn accepts_json(&self) -> bool {
        self.raw.output_bool("acceptsJSON").unwrap_or_default()
    }

    /// Hands the token over. It is kept in memory that is wiped.
    pub fn set_token(&mut self, token: impl Into<SecretString>, kind: IdPTokenKind) {
        let token = token.into();
        self.raw.set_proven_input(self.token, token.expose_secret());
        let kind = match kind {
            IdPTokenKind::IdToken => "id_token",
            IdPTokenKind::AccessToken => "access_token",
            IdPTokenKind::AuthorizationCode => "authorization_code",
        };
        self.raw.set_proven_input(self.token_type, kind);
    }

    fn filled(&self, name: &str) -> Option<String> {
        self.raw.output_text(name).filter(|it| !it.is_empty())
    }
}

typed_callback!(IdPCallback, "IdPCallback", |raw| {
    let inputs = (raw.find_input(&["token"], 0), raw.find_input(&["token_type", "tokenType"], 1));
    let (Some(token), Some(token_type)) = inputs else { return Err(raw) };
    Ok(Self { provider: raw.output_text("provider").unwrap_or_default(), token, token_type, raw })
});
