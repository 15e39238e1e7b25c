//! What a passkey step asks, out of the many forms AM has written it in.

use std::time::Duration;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value};

/// What AM means when it names no time.
const USUAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Asks to make a passkey, or to use a security key for the first time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WebAuthnRegistration {
    /// What the authenticator signs.
    pub challenge: Vec<u8>,
    /// `none`, `indirect`, `direct` ..; `none` when the server says nothing.
    pub attestation: String,
    /// The relying party's id; none means the host of the origin.
    pub relying_party_id: Option<String>,
    /// The relying party's name, to show.
    pub relying_party_name: String,
    /// The user's id, as it came: base64url.
    pub user_id: String,
    /// The user's name.
    pub user_name: String,
    /// The user's name to show.
    pub display_name: String,
    /// How long the user may take.
    pub timeout: Duration,
    /// The algorithms that the server takes, by their COSE numbers, best first.
    pub algorithms: Vec<i64>,
    /// Credentials the user has already.
    pub exclude_credentials: Vec<Vec<u8>>,
    /// `platform` or `cross-platform`; none when either will do.
    pub authenticator_attachment: Option<String>,
    /// `required`, `preferred` or `discouraged`.
    pub user_verification: String,
    /// `required`, `preferred` or `discouraged`, whether the authenticator keeps the key.
    pub resident_key: String,
    /// Extensions of WebAuthn, as they came.
    pub extensions: Map<String, Value>,
    /// Whether the answer may be JSON.
    pub supports_json_response: bool,
}

/// Asks to prove the possession of a passkey or security key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WebAuthnAuthentication {
    /// What the authenticator signs.
    pub challenge: Vec<u8>,
    /// The relying party's id; none means the host of the origin.
    pub relying_party_id: Option<String>,
    /// The credentials that may be used; empty when any may.
    pub allow_credentials: Vec<Vec<u8>>,
    /// How long the user may take.
    pub timeout: Duration,
    /// `required`, `preferred` or `discouraged`.
    pub user_verification: String,
    /// `conditional` when a browser is to offer it while the user types; none mostly.
    pub mediation: Option<String>,
    /// Whether the answer may be JSON.
    pub supports_json_response: bool,
}

impl WebAuthnRegistration {
    pub(super) fn read(data: &Value) -> Option<Self> {
        let selection = selection(data);
        let in_selection = |name: &str| text(&selection, name);
        let must_reside = match selection.get("requireResidentKey") {
            Some(Value::Bool(it)) => Some(*it),
            Some(Value::String(it)) => it.parse().ok(),
            _ => None,
        };
        let resident_key = in_selection("residentKey").unwrap_or_else(|| {
            let key = if must_reside == Some(true) { "required" } else { "discouraged" };
            key.to_owned()
        });
        let user_name = text(data, "userName").unwrap_or_default();
        Some(Self {
            challenge: challenge(data)?,
            attestation: text(data, "attestationPreference").unwrap_or_else(|| "none".to_owned()),
            relying_party_id: relying_party_id(data),
            relying_party_name: text(data, "relyingPartyName").unwrap_or_default(),
            user_id: text(data, "userId").unwrap_or_default(),
            display_name: text(data, "displayName").unwrap_or_else(|| user_name.clone()),
            user_name,
            timeout: timeout(data),
            algorithms: algorithms(data),
            exclude_credentials: credentials(data, "_excludeCredentials", "excludeCredentials"),
            authenticator_attachment: in_selection("authenticatorAttachment"),
            user_verification: in_selection("userVerification")
                .unwrap_or_else(|| "preferred".to_owned()),
            resident_key,
            extensions: match data.get("extensions") {
                Some(Value::Object(it)) => it.clone(),
                _ => Map::new(),
            },
            supports_json_response: flag(data, "supportsJsonResponse"),
        })
    }
}

impl WebAuthnAuthentication {
    pub(super) fn read(data: &Value) -> Option<Self> {
        Some(Self {
            challenge: challenge(data)?,
            relying_party_id: relying_party_id(data),
            allow_credentials: credentials(data, "_allowCredentials", "allowCredentials"),
            timeout: timeout(data),
            user_verification: text(data, "userVerification")
                .unwrap_or_else(|| "preferred".to_owned()),
            mediation: text(data, "mediation"),
            supports_json_response: flag(data, "supportsJsonResponse"),
        })
    }
}

fn text(data: &Value, name: &str) -> Option<String> {
    data.get(name)?.as_str().filter(|it| !it.is_empty()).map(str::to_owned)
}

fn flag(data: &Value, name: &str) -> bool {
    match data.get(name) {
        Some(Value::String(it)) => it == "true",
        Some(it) => it.as_bool().unwrap_or_default(),
        None => false,
    }
}

fn challenge(data: &Value) -> Option<Vec<u8>> {
    decode(&text(data, "challenge")?)
}

/// AM writes the usual alphabet here and the URL's there, with padding or without.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = text.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&STANDARD, config).decode(text).ok()
}

/// AM writes milliseconds, as a text.
fn timeout(data: &Value) -> Duration {
    let milliseconds = match data.get("timeout") {
        Some(Value::String(it)) => it.trim().parse().ok(),
        Some(it) => it.as_u64(),
        None => None,
    };
    milliseconds.map_or(USUAL_TIMEOUT, Duration::from_millis)
}

/// Without its underscore the key holds a piece of JavaScript: `rpId: "example.com",`.
fn relying_party_id(data: &Value) -> Option<String> {
    if data.get("_relyingPartyId").is_some() {
        return text(data, "_relyingPartyId");
    }
    let id = text(data, "relyingPartyId")?;
    let quoted = id.split_once('"').and_then(|(_, rest)| rest.split_once('"'));
    let id = quoted.map_or(id.trim(), |(it, _)| it);
    (!id.is_empty()).then(|| id.to_owned())
}

/// Without its underscore the key holds JSON as a text.
fn selection(data: &Value) -> Value {
    match (data.get("_authenticatorSelection"), data.get("authenticatorSelection")) {
        (Some(it @ Value::Object(_)), _) | (_, Some(it @ Value::Object(_))) => it.clone(),
        (_, Some(Value::String(it))) => serde_json::from_str(it).unwrap_or_default(),
        _ => Value::Null,
    }
}

fn algorithms(data: &Value) -> Vec<i64> {
    match (data.get("_pubKeyCredParams"), data.get("pubKeyCredParams")) {
        (Some(Value::Array(list)), _) | (_, Some(Value::Array(list))) => {
            list.iter().filter_map(|it| integer(it.get("alg")?)).collect()
        }
        // JavaScript, with or without quotes around the keys.
        (_, Some(Value::String(script))) => script
            .split("alg")
            .skip(1)
            .filter_map(|it| {
                let rest = it.trim_start_matches(['"', '\'', ':', ' ']);
                let end = rest.find(|it: char| it != '-' && !it.is_ascii_digit());
                rest[..end.unwrap_or(rest.len())].parse().ok()
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn credentials(data: &Value, listed: &str, scripted: &str) -> Vec<Vec<u8>> {
    match (data.get(listed), data.get(scripted)) {
        (Some(Value::Array(list)), _) | (_, Some(Value::Array(list))) => {
            list.iter().filter_map(|it| id_of(it.get("id")?)).collect()
        }
        // JavaScript: `[{ "type": "public-key", "id": new Int8Array([1, -2]).buffer }]`.
        (_, Some(Value::String(script))) => script
            .split("Array([")
            .skip(1)
            .filter_map(|it| {
                it.split(']').next()?.split(',').map(|it| byte(it.trim().parse().ok()?)).collect()
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Java's bytes have a sign.
fn id_of(id: &Value) -> Option<Vec<u8>> {
    match id {
        Value::Array(bytes) => bytes.iter().map(|it| byte(it.as_i64()?)).collect(),
        Value::String(text) => decode(text),
        _ => None,
    }
}

fn byte(number: i64) -> Option<u8> {
    match i8::try_from(number) {
        Ok(signed) => Some(signed.cast_unsigned()),
        Err(_) => u8::try_from(number).ok(),
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}
