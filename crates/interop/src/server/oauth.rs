//! The OAuth 2.0 clients of a realm.

use serde_json::{Map, Value, json};

use crate::{
    problem::Problem,
    server::{admin::Admin, realms::settings},
};

pub(crate) const REDIRECT_URI: &str = "com.example.app:/callback";
/// Of a program that waits for the browser at a port of its own.
pub(crate) const LOOPBACK_URI: &str = "http://127.0.0.1:8400/callback";
pub(crate) const SIGNED_OUT_URI: &str = "com.example.app:/signed-out";
pub(crate) const CLIENT_SECRET: &str = "a-secret-of-the-server-app";

/// What a client is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An app without a secret, whose user is not asked for consent.
    App,
    /// An app whose user has to agree.
    AppWithConsent,
    /// An app like the first, with a redirect address on loopback.
    LoopbackApp,
    /// A server with a secret; its id tokens are signed with that secret.
    ServerApp,
    /// An app that the server itself can't make an id token for.
    Broken,
}

/// Makes the clients that all scenarios share.
pub(super) async fn clients(admin: &Admin, path: &str) -> Result<(), Problem> {
    // A realm keeps no clients until one was made through the older interface.
    let first =
        json!({"username": "first", "userpassword": ["never-used"], "AgentType": ["OAuth2Client"]});
    admin.create(&format!("/realms/{path}/agents/"), &first).await?;
    for (name, kind) in
        [("app", Kind::App), ("app-consent", Kind::AppWithConsent), ("server-app", Kind::ServerApp)]
    {
        client(admin, path, name, kind).await?;
    }
    Ok(())
}

/// Makes a client, or makes it anew.
pub(crate) async fn client(
    admin: &Admin,
    path: &str,
    name: &str,
    kind: Kind,
) -> Result<(), Problem> {
    let body = Value::Object(settings_of(kind));
    admin.put(&format!("{}/agents/OAuth2Client/{name}", settings(path)), &body).await
}

fn settings_of(kind: Kind) -> Map<String, Value> {
    // Even an app without a secret needs a password here, or no id token can be made, and one of the
    // methods that use it, or the token end point refuses the client. Without a word about the algorithm
    // its id tokens would be signed with that password.
    let (client_type, method, algorithm, password) = match kind {
        Kind::ServerApp => ("Confidential", "client_secret_basic", "HS256", CLIENT_SECRET),
        // The server has no key for this one.
        Kind::Broken => ("Public", "client_secret_post", "ES256", "never-used"),
        Kind::App | Kind::AppWithConsent | Kind::LoopbackApp => {
            ("Public", "client_secret_post", "RS256", "never-used")
        }
    };
    let redirect_uri = if kind == Kind::LoopbackApp { LOOPBACK_URI } else { REDIRECT_URI };
    let mut settings = Map::from_iter([
        ("userpassword".into(), password.into()),
        ("isConsentImplied".into(), (kind != Kind::AppWithConsent).into()),
        ("sunIdentityServerDeviceStatus".into(), "Active".into()),
    ]);
    let provider = [
        ("clientType", json!(client_type)),
        ("tokenEndPointAuthMethod", json!(method)),
        ("idTokenSignedResponseAlg", json!(algorithm)),
        ("redirectionURIs", numbered(&[redirect_uri])),
        ("postLogoutRedirectURI", numbered(&[SIGNED_OUT_URI])),
        ("scopes", numbered(&["openid", "profile", "email"])),
        ("defaultScopes", numbered(&["openid"])),
        ("responseTypes", numbered(&["code"])),
    ];
    for (name, value) in provider {
        settings.insert(format!("com.forgerock.openam.oauth2provider.{name}"), value);
    }
    settings
}

/// Lists are written as `[0]=first`, `[1]=second`.
fn numbered(values: &[&str]) -> Value {
    values.iter().enumerate().map(|(index, it)| format!("[{index}]={it}")).collect()
}
