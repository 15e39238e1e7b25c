//! The discovery document and the public keys.

use serde_json::{Value, json};

use crate::sim::call::Call;
use crate::sim::oauth::base;
use crate::sim::reply::Reply;
use crate::sim::state::State;
use crate::sim::{Am, Misbehavior};

pub(crate) fn document(am: &Am, state: &State, call: &Call, realm: &str) -> Reply {
    let base = base(am, call, realm);
    let at = |path: &str| format!("{base}/{path}");
    let mut body = json!({
        "version": "3.0",
        "issuer": base,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("access_token"),
        "userinfo_endpoint": at("userinfo"),
        "end_session_endpoint": at("connect/endSession"),
        "check_session_iframe": at("connect/checkSession"),
        "jwks_uri": at("connect/jwk_uri"),
        "registration_endpoint": at("connect/register"),
        "device_authorization_endpoint": at("device/code"),
        "scopes_supported": ["openid", "profile", "email"],
        "claims_supported": [],
        "claims_parameter_supported": false,
        "acr_values_supported": [],
        "subject_types_supported": ["public"],
        "response_types_supported": ["code", "code token", "token"],
        "id_token_signing_alg_values_supported":
            ["ES384", "HS256", "HS512", "ES256", "RS256", "HS384", "ES512"],
        "id_token_encryption_alg_values_supported":
            ["RSA-OAEP", "RSA-OAEP-256", "A128KW", "RSA1_5", "A256KW", "dir", "A192KW"],
        "id_token_encryption_enc_values_supported":
            ["A256GCM", "A192GCM", "A128GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "none", "client_secret_basic"],
    });
    // OpenAM 16 has these end points and does not name them.
    if !am.profile().is_openam() {
        body["revocation_endpoint"] = json!(at("token/revoke"));
        body["introspection_endpoint"] = json!(at("introspect"));
        body["code_challenge_methods_supported"] = json!(["plain", "S256"]);
        body["grant_types_supported"] =
            json!(["authorization_code", "refresh_token", "client_credentials"]);
        body["response_modes_supported"] = json!(["query", "fragment", "form_post"]);
    }
    if !am.profile().is_openam() {
        body["token_endpoint_auth_methods_supported"] = json!([
            "client_secret_post",
            "private_key_jwt",
            "none",
            "client_secret_basic",
            "tls_client_auth",
            "self_signed_tls_client_auth",
        ]);
    }
    for misbehavior in &state.misbehavior {
        if let Misbehavior::Discovery(name, value) = misbehavior {
            set(&mut body, name, value.as_ref());
        }
    }
    Reply::json(200, &body)
}

pub(crate) fn jwks(state: &mut State, am: &Am) -> Reply {
    let mut keys = state.keys().public();
    // OpenAM's JWKS holds its RSA key; an EC key is there when a client signs with it.
    let uses_ec = am.config().realms.values().flat_map(|realm| realm.clients.values());
    if am.profile().is_openam()
        && !uses_ec.into_iter().any(|it| it.id_token_alg == crate::sim::IdTokenAlg::Es256)
    {
        keys.truncate(1);
    }
    Reply::json(200, &json!({ "keys": keys }))
}

/// Sets a member, or removes it when there is no value.
pub(crate) fn set(body: &mut Value, name: &str, value: Option<&Value>) {
    let Some(members) = body.as_object_mut() else { return };
    match value {
        Some(value) => members.insert(name.to_owned(), value.clone()),
        None => members.remove(name),
    };
}
