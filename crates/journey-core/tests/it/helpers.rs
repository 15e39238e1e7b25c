//! What people expect to find in a step.

use journey_core::{Callback, MfaKind, NameCallback};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{answer, step_of};

fn text(message: &str, kind: &str) -> Value {
    json!({"type": "TextOutputCallback", "output": [{"name": "message", "value": message}, {"name": "messageType", "value": kind}]})
}

fn hidden(id: &str, value: &str) -> Value {
    json!({"type": "HiddenValueCallback", "output": [{"name": "value", "value": value}, {"name": "id", "value": id}], "input": [{"name": "IDToken1", "value": id}]})
}

fn registration(callbacks: &[Value]) -> Option<(MfaKind, String, Option<String>)> {
    let texts: Vec<_> = callbacks.iter().map(Value::to_string).collect();
    let it = step_of(&texts.join(",")).mfa_registration()?;
    let shown = format!("{it:?}");
    assert!(!shown.contains(it.uri().expose_secret()), "{shown}");
    Some((it.kind(), it.uri().expose_secret().to_owned(), it.message().map(str::to_owned)))
}

#[test]
fn an_authenticator_apps_uri_is_found_in_a_hidden_value() {
    let message = text(" Scan this ", "0");
    let script = text("var x = 'otpauth://wrong';", "4");
    let otp =
        [message, hidden("mfaDeviceRegistration", "otpauth://totp/A:b?secret=ABC%3D"), script];
    let expected = (
        MfaKind::Oath,
        "otpauth://totp/A:b?secret=ABC%3D".to_owned(),
        Some("Scan this".to_owned()),
    );
    assert_eq!(registration(&otp), Some(expected));
    let push = registration(&[hidden("mfaDeviceRegistration", "pushauth://push/x")]).unwrap();
    assert_eq!((push.0, push.2), (MfaKind::Push, None));
    let both = registration(&[hidden("mfaDeviceRegistration", "mfauth://totp/x")]).unwrap();
    assert_eq!(both.0, MfaKind::Combined);
}

#[test]
fn an_authenticator_apps_uri_is_found_in_openams_script() {
    let script = "require(['org/forgerock/openam/server/util/QRCodeReader'], function (QRCodeReader) {\n    QRCodeReader.createCode({\n        id: 'callback_1',\n        text: 'otpauth://totp/Example:u?secret=R4R4XPPJ7EI262YYWRG44S5UIU======&issuer=Example&digits=6&period=30',\n        version: '20'\n    });\n});";
    let found = registration(&[text("Scan", "0"), text(script, "4")]).unwrap();
    assert_eq!(
        found.1,
        "otpauth://totp/Example:u?secret=R4R4XPPJ7EI262YYWRG44S5UIU======&issuer=Example&digits=6&period=30"
    );
    let named = json!({"type": "NameValueOutputCallback", "output": [{"name": "text", "value": "otpauth://totp/x"}]});
    assert_eq!(registration(&[named]).unwrap().1, "otpauth://totp/x");
}

#[test]
fn a_passkey_step_registers_no_app() {
    assert_eq!(
        registration(&[hidden("webAuthnOutcome", "false"), text("otpauth://in a message", "0")]),
        None
    );
}

const CODES: &str = "var newLocation = document.getElementById(\"wrapper\");\nvar old = newLocation.getElementsByTagName(\"fieldset\")[0];\nold.innerHTML = \"<div class=\\\"panel\\\">\\n\" +\n    \"<h3>Your Recovery Codes</h3>\\n\" +\n\"<div class=\\\"text-center\\\">\\n\" +\n\"iZmEtxvQ00\\n\" +\n\"Eqw3-GFVamY\\n\" +\n\"</div>\\n\" +\n\"<p>Use one of these codes if you lose your device, which has been named: <em>New Security Key</em></p>\\n\";";

#[test]
fn recovery_codes_are_read_from_their_script() {
    let codes = step_of(&text(CODES, "4").to_string()).recovery_codes().unwrap();
    let texts: Vec<_> = codes.codes().iter().map(|it| it.expose_secret()).collect();
    assert_eq!(texts, ["iZmEtxvQ00", "Eqw3-GFVamY"]);
    assert_eq!(codes.device_name(), Some("New Security Key"));
    assert!(!format!("{codes:?}").contains("iZmEtxvQ00"));
    let unnamed = CODES.replace("<em>New Security Key</em>", "x");
    assert_eq!(
        step_of(&text(&unnamed, "4").to_string()).recovery_codes().unwrap().device_name(),
        None
    );
}

#[test]
fn other_scripts_show_no_recovery_codes() {
    for script in ["var a = \"iZmEtxvQ00\\n\";", "// Recovery Codes", "\"recovery codes\\n\""] {
        assert!(step_of(&text(script, "4").to_string()).recovery_codes().is_none(), "{script}");
    }
}

#[test]
fn callbacks_are_found_by_prompt_by_id_and_by_type() {
    let name = |prompt: &str| json!({"type": "NameCallback", "output": [{"name": "prompt", "value": prompt}], "input": [{"name": "IDToken1", "value": ""}]});
    let mail = json!({"type": "StringAttributeInputCallback", "output": [{"name": "name", "value": "mail"}, {"name": "prompt", "value": "Email"}], "input": [{"name": "IDToken1", "value": ""}]});
    let all = [
        name("User Name:"),
        name("Enter verification code"),
        hidden("webAuthnOutcome", "false"),
        mail,
    ];
    let texts: Vec<_> = all.iter().map(Value::to_string).collect();
    let mut step = step_of(&texts.join(","));
    assert_eq!(step.callbacks_of::<NameCallback>().count(), 2);
    let code = step.callback_by_prompt_mut(" enter VERIFICATION code: ").unwrap();
    code.raw_mut().set_input(0, "123456").unwrap();
    assert_eq!(step.callbacks()[1].raw().input::<String>(0).as_deref(), Some("123456"));
    assert!(
        step.callback_by_prompt("user name").is_some()
            && step.callback_by_prompt("Nickname").is_none()
    );
    assert!(matches!(step.callback_by_id("mail"), Some(Callback::StringAttributeInput(_))));
    assert!(
        step.callback_by_id_mut("webAuthnOutcome").is_some() && step.callback_by_id("x").is_none()
    );
    step.hidden_value_mut("webAuthnOutcome").unwrap().set_value("unsupported");
    assert!(step.hidden_value_mut("mail").is_none());
    assert!(answer(&step).contains("unsupported"));
}
