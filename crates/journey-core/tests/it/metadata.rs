//! What the data of a metadata callback means.

use std::time::Duration;

use crate::support::{answer, step_of};
use journey_core::{MetadataCallback, MetadataKind};
use serde_json::{Value, json};

fn look<R>(data: &Value, look: impl FnOnce(&MetadataCallback) -> R) -> R {
    let text = json!({"type": "MetadataCallback", "output": [{"name": "data", "value": data}]})
        .to_string();
    let step = step_of(&text);
    assert!(answer(&step).contains(&text), "metadata goes back as it came");
    look(step.callback::<MetadataCallback>().unwrap())
}

#[test]
fn the_kind_is_told_by_action_or_by_what_only_that_kind_has() {
    let kind = |data: Value| look(&data, MetadataCallback::kind);
    assert_eq!(
        kind(json!({"_type": "PingOneProtect", "_action": "protect_initialize"})),
        MetadataKind::ProtectInitialize
    );
    assert_eq!(
        kind(json!({"_type": "PingOneProtect", "_action": "protect_risk_evaluation"})),
        MetadataKind::ProtectEvaluation
    );
    assert_eq!(
        kind(json!({"_action": "webauthn_registration"})),
        MetadataKind::WebAuthnRegistration
    );
    assert_eq!(
        kind(json!({"_action": "webauthn_authentication"})),
        MetadataKind::WebAuthnAuthentication
    );
    assert_eq!(
        kind(json!({"_type": "WebAuthn", "pubKeyCredParams": "[]"})),
        MetadataKind::WebAuthnRegistration
    );
    assert_eq!(
        kind(json!({"_type": "WebAuthn", "_allowCredentials": []})),
        MetadataKind::WebAuthnAuthentication
    );
    for other in [
        json!({"stage": "x"}),
        json!(null),
        json!([1]),
        json!("x"),
        json!({"_type": "WebAuthn"}),
        json!({"_action": 1}),
    ] {
        assert_eq!(kind(other), MetadataKind::Other);
    }
}

#[test]
fn a_registration_is_read() {
    let data = json!({"_type": "WebAuthn", "_action": "webauthn_registration", "challenge": "AP/+gA==",
        "attestationPreference": "direct", "userName": "bjensen", "userId": "YmplbnNlbg", "relyingPartyName": "Example",
        "timeout": "30000", "displayName": "Barbara", "_relyingPartyId": "am.example.com", "relyingPartyId": "id: \"no\",",
        "_authenticatorSelection": {"userVerification": "required", "authenticatorAttachment": "platform", "residentKey": "preferred"},
        "authenticatorSelection": "{}", "_pubKeyCredParams": [{"type": "public-key", "alg": -257}, {"type": "public-key", "alg": "-7"}],
        "_excludeCredentials": [{"type": "public-key", "id": [1, -1, 127, -128]}], "extensions": {"credProps": true},
        "supportsJsonResponse": true});
    let it = look(&data, |it| it.web_authn_registration().unwrap());
    assert_eq!(it.challenge, [0, 255, 254, 128]);
    assert_eq!(
        (it.attestation.as_str(), it.user_id.as_str(), it.user_name.as_str()),
        ("direct", "YmplbnNlbg", "bjensen")
    );
    assert_eq!((it.display_name.as_str(), it.relying_party_name.as_str()), ("Barbara", "Example"));
    assert_eq!(
        (it.relying_party_id.as_deref(), it.timeout),
        (Some("am.example.com"), Duration::from_secs(30))
    );
    assert_eq!(
        (it.algorithms, it.exclude_credentials),
        (vec![-257, -7], vec![vec![1, 255, 127, 128]])
    );
    assert_eq!(
        (it.user_verification.as_str(), it.resident_key.as_str()),
        ("required", "preferred")
    );
    assert_eq!(it.authenticator_attachment.as_deref(), Some("platform"));
    assert!(it.supports_json_response && it.extensions["credProps"] == true);
    assert!(look(&data, MetadataCallback::web_authn_authentication).is_none());
}

#[test]
fn an_authentication_is_read_and_may_name_nothing() {
    let data = json!({"_action": "webauthn_authentication", "challenge": "qg", "_allowCredentials": [], "allowCredentials": "",
        "timeout": "60000", "userVerification": "discouraged", "_relyingPartyId": "", "mediation": "conditional"});
    let it = look(&data, |it| it.web_authn_authentication().unwrap());
    assert_eq!((it.challenge, it.allow_credentials.len()), (vec![0xaa], 0));
    assert_eq!((it.relying_party_id, it.user_verification.as_str()), (None, "discouraged"));
    assert_eq!((it.mediation.as_deref(), it.supports_json_response), (Some("conditional"), false));
}

#[test]
fn old_servers_write_javascript() {
    let data = json!({"_type": "WebAuthn", "challenge": "qg==", "relyingPartyId": "rpId: \"am.example.com\",",
        "allowCredentials": "allowCredentials: [{ \"type\": \"public-key\", \"id\": new Int8Array([1, -2]).buffer },{ \"type\": \"public-key\", \"id\": new Int8Array([3]).buffer }]"});
    let it = look(&data, |it| it.web_authn_authentication().unwrap());
    assert_eq!(it.allow_credentials, [vec![1, 254], vec![3]]);
    assert_eq!(it.relying_party_id.as_deref(), Some("am.example.com"));
    let data = json!({"_type": "WebAuthn", "challenge": "qg==", "authenticatorSelection": "{\"userVerification\":\"preferred\",\"requireResidentKey\":true}",
        "pubKeyCredParams": "[ { \"type\": \"public-key\", \"alg\": -7 }, { type: 'public-key', alg: -257 } ]", "timeout": 5});
    let it = look(&data, |it| it.web_authn_registration().unwrap());
    assert_eq!((it.algorithms, it.resident_key.as_str()), (vec![-7, -257], "required"));
    assert_eq!(it.timeout, Duration::from_millis(5));
}

#[test]
fn a_passkey_step_without_a_challenge_has_no_view() {
    for challenge in [json!(null), json!(""), json!("*"), json!(7)] {
        let data = json!({"_action": "webauthn_registration", "challenge": challenge});
        assert!(look(&data, MetadataCallback::web_authn_registration).is_none());
    }
}

#[test]
fn protect_in_metadata_is_read() {
    let data = json!({"_type": "PingOneProtect", "_action": "protect_initialize", "envId": "e", "enableTrust": true});
    let options = look(&data, |it| it.protect_options().unwrap());
    assert_eq!((options.env_id.as_deref(), options.enable_trust), (Some("e"), true));
    let data = json!({"_type": "PingOneProtect", "_action": "protect_risk_evaluation", "pauseBehavioralData": true});
    assert_eq!(look(&data, MetadataCallback::protect_pauses_behavioral_data), Some(true));
    assert_eq!(look(&data, MetadataCallback::protect_options), None);
}

#[test]
fn a_stage_in_metadata_leaves_the_pages_stage_alone() {
    let step = crate::support::step(
        r#"{"authId":"x","stage":"Page","callbacks":[{"type":"MetadataCallback","output":[{"name":"data","value":{"stage":"Script"}}]}]}"#,
    );
    assert_eq!(step.stage(), Some("Page"));
    assert_eq!(step.callback::<MetadataCallback>().unwrap().stage().as_deref(), Some("Script"));
}
