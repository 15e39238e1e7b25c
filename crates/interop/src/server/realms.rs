//! What the suite needs in a realm: an OAuth 2.0 provider, clients, chains.

use serde_json::{Value, json};

use crate::{
    problem::Problem,
    server::{admin::Admin, oauth},
};

/// The realms under test, by the name a program gives, and as the REST interface writes them.
pub(crate) const REALMS: [(&str, &str); 2] = [("", "root"), ("alpha", "root/realms/alpha")];

/// How long an access token lives, in seconds.
pub(crate) const ACCESS_TOKEN_LIFE: u64 = 60;

/// Sets everything up that the scenarios share. Users and special clients they make themselves.
pub(super) async fn configure(admin: &Admin) -> Result<(), Problem> {
    let alpha = json!({"name": "alpha", "active": true, "parentPath": "/", "aliases": []});
    admin.create("/global-config/realms", &alpha).await?;
    for (_, path) in REALMS {
        provider(admin, path).await?;
        modules(admin, path).await?;
        chains(admin, path).await?;
        oauth::clients(admin, path).await?;
    }
    Ok(())
}

/// Where a realm's settings are.
pub(crate) fn settings(path: &str) -> String {
    format!("/realms/{path}/realm-config")
}

async fn provider(admin: &Admin, path: &str) -> Result<(), Problem> {
    let body = json!({
        "coreOAuth2Config": {
            "issueRefreshToken": true,
            "issueRefreshTokenOnRefreshedToken": true,
            "accessTokenLifetime": ACCESS_TOKEN_LIFE,
            "codeLifetime": 120,
            "refreshTokenLifetime": 604_800,
        },
        "advancedOAuth2Config": {
            "clientsCanSkipConsent": true,
            "codeVerifierEnforced": true,
            "supportedScopes": ["openid", "profile", "email"],
            "defaultScopes": ["openid"],
        },
    });
    admin.create(&format!("{}/services/oauth-oidc", settings(path)), &body).await
}

async fn modules(admin: &Admin, path: &str) -> Result<(), Problem> {
    let modules: [(&str, &str, Value); 4] = [
        (
            "authenticatoroath",
            "Totp",
            json!({"oathAlgorithm": "TOTP", "passwordLength": "6", "oathIssuerName": "Example"}),
        ),
        ("membership", "Join", json!({})),
        ("scripted", "Script", json!({"clientScriptEnabled": true})),
        ("webauthnreg", "PasskeyReg", json!({})),
    ];
    for (kind, name, body) in modules {
        let all = format!("{}/authentication/modules/{kind}", settings(path));
        admin.create(&all, &json!({"_id": name})).await?;
        if body != json!({}) {
            admin.put(&format!("{all}/{name}"), &body).await?;
        }
    }
    Ok(())
}

async fn chains(admin: &Admin, path: &str) -> Result<(), Problem> {
    let all = format!("{}/authentication/chains", settings(path));
    let chains: [(&str, &[&str]); 5] = [
        ("password", &["DataStore"]),
        ("totp", &["DataStore", "Totp"]),
        ("join", &["Join"]),
        ("script", &["DataStore", "Script"]),
        ("add-passkey", &["PasskeyReg"]),
    ];
    for (name, modules) in chains {
        let steps =
            modules.iter().map(|it| json!({"module": it, "criteria": "REQUISITE", "options": {}}));
        let body = json!({"authChainConfiguration": steps.collect::<Vec<_>>()});
        admin.create(&all, &json!({"_id": name})).await?;
        admin.put(&format!("{all}/{name}"), &body).await?;
    }
    Ok(())
}
