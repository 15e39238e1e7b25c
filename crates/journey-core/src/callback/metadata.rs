//! `MetadataCallback`.

use serde_json::Value;

use crate::callback::{
    ProtectOptions, RawCallback, WebAuthnAuthentication, WebAuthnRegistration,
    typed::typed_callback,
};

/// Carries data for the program, in any shape: what a passkey or PingOne Protect needs, or a stage.
///
/// It takes no answer itself. A passkey's goes into the hidden value `webAuthnOutcome` of the same step,
/// Protect's into those named `pingone_risk_evaluation_signals` and `clientError`.
///
/// ```json
/// {"type": "MetadataCallback", "output": [{"name": "data", "value": {"stage": "UsernamePassword"}}]}
/// ```
#[derive(Debug)]
pub struct MetadataCallback {
    raw: RawCallback,
    kind: MetadataKind,
}

/// Says what the data of a [`MetadataCallback`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetadataKind {
    /// To register a passkey or security key.
    WebAuthnRegistration,
    /// To sign in with one.
    WebAuthnAuthentication,
    /// To start PingOne Protect.
    ProtectInitialize,
    /// To evaluate what PingOne Protect has collected.
    ProtectEvaluation,
    /// Anything else.
    Other,
}

impl MetadataCallback {
    /// Returns what the data is for.
    pub fn kind(&self) -> MetadataKind {
        self.kind
    }

    /// Returns the data as it came; null when there is none.
    pub fn data(&self) -> Value {
        self.raw.output("data").unwrap_or_default()
    }

    /// Returns the stage that is named here, as scripts did before there were page nodes. The page's own
    /// stage is something else and stays as it is.
    pub fn stage(&self) -> Option<String> {
        self.data().get("stage")?.as_str().map(str::to_owned)
    }

    /// Returns what registers a passkey; none when this is for something else or has no challenge.
    pub fn web_authn_registration(&self) -> Option<WebAuthnRegistration> {
        match self.kind {
            MetadataKind::WebAuthnRegistration => WebAuthnRegistration::read(&self.data()),
            _ => None,
        }
    }

    /// Returns what signs in with a passkey; none when this is for something else or has no challenge.
    pub fn web_authn_authentication(&self) -> Option<WebAuthnAuthentication> {
        match self.kind {
            MetadataKind::WebAuthnAuthentication => WebAuthnAuthentication::read(&self.data()),
            _ => None,
        }
    }

    /// Returns how PingOne Protect is to be started; none when this is for something else.
    pub fn protect_options(&self) -> Option<ProtectOptions> {
        let data = self.data();
        match self.kind {
            MetadataKind::ProtectInitialize => {
                Some(ProtectOptions::read(|name| data.get(name).cloned()))
            }
            _ => None,
        }
    }

    /// Tells whether PingOne Protect's collection of behavioral data is to be paused after an evaluation;
    /// none when this is for something else.
    pub fn protect_pauses_behavioral_data(&self) -> Option<bool> {
        let paused = || self.data().get("pauseBehavioralData").and_then(Value::as_bool);
        let evaluation = self.kind == MetadataKind::ProtectEvaluation;
        evaluation.then(|| paused().unwrap_or_default())
    }
}

fn kind_of(data: &Value) -> MetadataKind {
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    let has = |name: &str| data.get(name).is_some();
    let passkey = text("_type") == Some("WebAuthn");
    match (text("_type"), text("_action")) {
        (Some("PingOneProtect"), Some("protect_initialize")) => MetadataKind::ProtectInitialize,
        (Some("PingOneProtect"), Some("protect_risk_evaluation")) => {
            MetadataKind::ProtectEvaluation
        }
        (_, Some("webauthn_registration")) => MetadataKind::WebAuthnRegistration,
        (_, Some("webauthn_authentication")) => MetadataKind::WebAuthnAuthentication,
        // AM before 7.1 names no action.
        _ if passkey && (has("_pubKeyCredParams") || has("pubKeyCredParams")) => {
            MetadataKind::WebAuthnRegistration
        }
        _ if passkey && (has("_allowCredentials") || has("allowCredentials")) => {
            MetadataKind::WebAuthnAuthentication
        }
        _ => MetadataKind::Other,
    }
}

typed_callback!(MetadataCallback, "MetadataCallback", |raw| Ok(Self {
    kind: kind_of(&raw.output("data").unwrap_or_default()),
    raw,
}));
