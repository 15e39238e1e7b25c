//! What AM's wire does that its documentation does not say, one fact a test.

use std::time::Duration;

use crate::support::{answer, step_of};
use journey_core::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// Reads one callback as its type.
fn with<T: TypedCallback, R>(callback: &Value, look: impl FnOnce(&mut T) -> R) -> R {
    let mut step = step_of(&callback.to_string());
    look(step.callback_mut::<T>().unwrap_or_else(|| panic!("not typed: {callback}")))
}

fn outputs(entries: &[(&str, Value)]) -> Value {
    entries.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

#[test]
fn numbers_come_as_numbers_and_as_texts() {
    for kind in [json!("2"), json!(2), json!(" 2 ")] {
        let text =
            json!({"type": "TextOutputCallback", "output": outputs(&[("messageType", kind)])});
        with(&text, |it: &mut TextOutputCallback| assert_eq!(it.kind(), MessageKind::Error));
    }
    for time in [json!("8000"), json!(8000)] {
        let wait = json!({"type": "PollingWaitCallback", "output": outputs(&[("waitTime", time)])});
        with(&wait, |it: &mut PollingWaitCallback| assert_eq!(it.wait(), Duration::from_secs(8)));
    }
}

#[test]
fn a_wait_that_names_no_time_stays_unknown() {
    for time in [json!("abc"), json!(""), json!("12.5"), json!("1000ms"), json!(-1), json!(null)] {
        let wait = json!({"type": "PollingWaitCallback", "output": outputs(&[("waitTime", time)])});
        assert!(
            matches!(step_of(&wait.to_string()).callbacks()[0], Callback::Unknown(_)),
            "{wait}"
        );
    }
}

#[test]
fn message_kinds_are_read_and_unknown_ones_are_kept_apart() {
    let kind = |value: Value| {
        let text =
            json!({"type": "TextOutputCallback", "output": outputs(&[("messageType", value)])});
        with(&text, |it: &mut TextOutputCallback| it.kind())
    };
    assert_eq!(kind(json!("0")), MessageKind::Information);
    assert_eq!(kind(json!("1")), MessageKind::Warning);
    assert_eq!(kind(json!("4")), MessageKind::Script);
    assert_eq!(kind(json!("3")), MessageKind::Other);
    assert_eq!(kind(json!("-1")), MessageKind::Other);
}

#[test]
fn an_exit_that_is_not_pressed_goes_back_as_100() {
    let exit = r#"{"type":"ConfirmationCallback","output":[{"name":"options","value":["Exit"]},{"name":"optionType","value":-1},{"name":"defaultOption","value":0}],"input":[{"name":"IDToken2","value":100}]}"#;
    for beside in [
        r#"{"type":"PollingWaitCallback","output":[{"name":"waitTime","value":"5000"}]}"#,
        r#"{"type":"HiddenValueCallback","output":[{"name":"id","value":"webAuthnOutcome"}],"input":[{"name":"IDToken1","value":"webAuthnOutcome"}]}"#,
        r#"{"type":"HiddenValueCallback","output":[{"name":"id","value":"pushChallengeNumber"}],"input":[{"name":"IDToken1","value":"pushChallengeNumber"}]}"#,
    ] {
        let mut step = step_of(&format!("{beside},{exit}"));
        assert!(answer(&step).ends_with(&format!("{beside},{exit}]}}")));
        let button = step.callback_mut::<ConfirmationCallback>().unwrap();
        assert!(button.is_unpressed_exit());
        button.choose_text("Exit").unwrap();
        assert!(!button.is_unpressed_exit());
        assert!(answer(&step).contains(r#"{"name":"IDToken2","value":0}"#));
    }
}

#[test]
fn buttons_without_texts_use_javas_constants() {
    let press = |kind: i64, text: &str| {
        let button = json!({"type": "ConfirmationCallback", "input": [{"name": "IDToken1", "value": 0}],
            "output": outputs(&[("options", json!([])), ("optionType", json!(kind))])});
        with(&button, |it: &mut ConfirmationCallback| {
            it.choose_text(text).unwrap();
            it.raw().input::<i64>(0).unwrap()
        })
    };
    assert_eq!((press(0, "Yes"), press(0, "No")), (0, 1));
    assert_eq!(press(1, "Cancel"), 2);
    assert_eq!((press(2, "OK"), press(2, "Cancel")), (3, 2));
}

#[test]
fn what_was_not_offered_can_not_be_chosen() {
    let choice = json!({"type": "ChoiceCallback", "input": [{"name": "IDToken1", "value": 0}],
        "output": outputs(&[("choices", json!(["a", "b"])), ("defaultChoice", json!(-1))])});
    with(&choice, |it: &mut ChoiceCallback| {
        assert!(it.choose(2).is_err() && it.choose_text("c").is_err());
        assert_eq!((it.default_choice(), it.chosen()), (None, Some(0)));
    });
}

#[test]
fn a_hidden_value_starts_with_its_id_as_input() {
    let hidden = json!({"type": "HiddenValueCallback", "input": [{"name": "IDToken1", "value": "mfaDeviceRegistration"}],
        "output": outputs(&[("value", json!("otpauth://x")), ("id", json!("mfaDeviceRegistration"))])});
    let mut step = step_of(&hidden.to_string());
    assert!(
        answer(&step).contains(r#""value":"mfaDeviceRegistration"}]"#),
        "untouched, it is not overwritten"
    );
    let it = step.callback_mut::<HiddenValueCallback>().unwrap();
    assert_eq!(it.value().unwrap().expose_secret(), "otpauth://x");
    assert!(!format!("{it:?}").contains("otpauth"));
}

#[test]
fn a_hidden_value_without_an_id_takes_it_from_its_input() {
    let hidden = json!({"type": "HiddenValueCallback", "output": outputs(&[("value", json!(""))]),
        "input": [{"name": "IDToken1", "value": "clientScriptOutputData"}]});
    with(&hidden, |it: &mut HiddenValueCallback| {
        assert_eq!(it.id(), Some("clientScriptOutputData"))
    });
}

#[test]
fn failed_policies_are_json_in_texts_and_a_bad_one_is_left_out() {
    let failed = json!([
        "{ \"params\": { \"minLength\": 8 }, \"policyRequirement\": \"LENGTH_BASED\" }",
        "no json", "{\"params\":{}}", 7, null, "[1]",
        {"policyRequirement": "REQUIRED"},
        "UNIQUE",
    ]);
    let password = json!({"type": "ValidatedCreatePasswordCallback", "input": [{"name": "IDToken1", "value": ""}],
        "output": outputs(&[("failedPolicies", failed), ("prompt", json!("Password"))])});
    with(&password, |it: &mut ValidatedCreatePasswordCallback| {
        let names: Vec<_> = it.failed_policies().iter().map(|it| it.name().to_owned()).collect();
        assert_eq!(names, ["LENGTH_BASED", "REQUIRED", "UNIQUE"]);
        assert_eq!(it.failed_policies()[0].integer("minLength"), Some(8));
    });
}

#[test]
fn policies_may_be_an_object_an_empty_object_or_an_empty_list() {
    let policies = |value: Value| {
        let name = json!({"type": "ValidatedCreateUsernameCallback", "input": [{"name": "IDToken1", "value": ""}],
            "output": outputs(&[("policies", value)])});
        with(&name, |it: &mut ValidatedCreateUsernameCallback| it.policies())
    };
    assert!(policies(json!({})).is_empty() && policies(json!([])).is_empty());
    let full = policies(
        json!({"policyRequirements": ["REQUIRED", "MIN_LENGTH"], "fallbackPolicies": null,
        "name": "userName", "conditionalPolicies": null, "policies": [
            {"policyId": "minimum-length", "params": {"minLength": 2}, "policyRequirements": ["MIN_LENGTH"]}]}),
    );
    assert_eq!((full.name(), full.policies()[0].id()), ("userName", "minimum-length"));
    assert_eq!(full.param("minLength"), Some(&json!(2)));
    assert_eq!(full.policies()[0].names(), ["MIN_LENGTH"]);
}

#[test]
fn a_server_may_leave_the_second_input_out() {
    let name = json!({"type": "ValidatedCreateUsernameCallback", "output": [],
        "input": [{"name": "IDToken1", "value": "babs"}]});
    with(&name, |it: &mut ValidatedCreateUsernameCallback| {
        assert_eq!((it.username().as_deref(), it.is_validate_only()), (Some("babs"), false));
        assert!(it.set_validate_only(true).is_err());
    });
}

#[test]
fn defaults_are_kept_when_nobody_touches_them() {
    for callback in [
        r#"{"type":"NameCallback","output":[],"input":[{"name":"IDToken1","value":"suggested"}]}"#,
        r#"{"type":"ChoiceCallback","output":[{"name":"choices","value":["a","b"]}],"input":[{"name":"IDToken1","value":1}]}"#,
        r#"{"type":"NumberAttributeInputCallback","output":[],"input":[{"name":"IDToken1","value":30.0}]}"#,
        r#"{"type":"BooleanAttributeInputCallback","output":[],"input":[{"name":"IDToken1","value":true}]}"#,
        r#"{"type":"StringAttributeInputCallback","output":[],"input":[{"name":"IDToken1","value":"x@example.com"}]}"#,
    ] {
        assert!(answer(&step_of(callback)).contains(callback));
    }
}

#[test]
fn a_number_may_be_absent_and_nothing_but_numbers_goes_back() {
    let number = |value: Value| {
        json!({"type": "NumberAttributeInputCallback", "output": outputs(&[("value", value)]),
        "input": [{"name": "IDToken1", "value": ""}]})
    };
    for (value, read) in [
        (json!(null), None),
        (json!(30.0), Some(30.0)),
        (json!("1e6"), Some(1e6)),
        (json!("x"), None),
    ] {
        with(&number(value), |it: &mut NumberAttributeInputCallback| assert_eq!(it.value(), read));
    }
    let mut step = step_of(&number(json!(5)).to_string());
    let it = step.callback_mut::<NumberAttributeInputCallback>().unwrap();
    assert!(it.set_value(f64::NAN).is_err() && it.set_value(f64::INFINITY).is_err());
    it.set_value(3.0).unwrap();
    assert!(answer(&step).contains(r#""value":3.0"#), "a whole number stays a floating point one");
    let it = step.callback_mut::<NumberAttributeInputCallback>().unwrap();
    it.clear_value();
    assert_eq!(it.value(), None);
    assert!(answer(&step).contains(r#"{"name":"IDToken1","value":null}"#));
}

#[test]
fn inputs_are_found_by_suffix_whatever_number_stands_before_it() {
    let captcha = json!({"type": "ReCaptchaEnterpriseCallback", "output": [], "input": [
        {"name": "IDToken3token", "value": ""}, {"name": "IDToken3payload", "value": ""},
        {"name": "IDToken3action", "value": ""}, {"name": "IDToken3clientError", "value": ""}]});
    with(&captcha, |it: &mut ReCaptchaEnterpriseCallback| {
        it.set_action("login").unwrap();
        assert_eq!(it.raw().input::<String>(2).as_deref(), Some("login"));
    });
}

#[test]
fn inputs_with_wrong_or_equal_names_are_found_by_place() {
    let question = json!({"type": "KbaCreateCallback", "output": [],
        "input": [{"name": "IDToken1", "value": ""}, {"name": "IDToken1", "value": ""}]});
    with(&question, |it: &mut KbaCreateCallback| {
        it.set_question("Where?").unwrap();
        it.set_answer("there");
        assert_eq!(it.raw().input::<String>(0).as_deref(), Some("Where?"));
        assert_eq!(it.raw().input::<String>(1).as_deref(), Some("there"));
    });
    let token = json!({"type": "IdPCallback", "output": [],
        "input": [{"name": "IDToken1token", "value": ""}, {"name": "IDToken1tokenType", "value": ""}]});
    with(&token, |it: &mut IdPCallback| {
        it.set_token("t", IdPTokenKind::AuthorizationCode);
        assert_eq!(it.raw().input::<String>(1).as_deref(), Some("authorization_code"));
    });
}

#[test]
fn the_place_on_the_page_is_echoed() {
    let page =
        r#"{"type":"NameCallback","output":[],"input":[{"name":"IDToken1","value":""}],"_id":7}"#;
    let mut step = step_of(page);
    step.callback_mut::<NameCallback>().unwrap().set_name("b");
    assert!(answer(&step).contains(r#""value":"b"}],"_id":7}"#));
}

#[test]
fn scripts_and_metadata_are_echoed_in_their_place() {
    let script = r#"{"type":"TextOutputCallback","output":[{"name":"message","value":"var a;"},{"name":"messageType","value":"4"}]}"#;
    let data = r#"{"type":"MetadataCallback","output":[{"name":"data","value":{"a":1.0}}]}"#;
    let name = r#"{"type":"NameCallback","output":[],"input":[{"name":"IDToken3","value":""}]}"#;
    let step = step_of(&format!("{script},{data},{name}"));
    assert!(answer(&step).contains(&format!("{script},{data},{name}")));
}

#[test]
fn types_nobody_knows_go_back_untouched() {
    let odd = r#"{ "type":"PingOneRecognizeCallback" ,"input":[{"name":"IDToken1x","value":{"a":[1e2]}}],"new":{"k":[]}}"#;
    let step = step_of(odd);
    assert!(matches!(step.callbacks()[0], Callback::Unknown(_)));
    assert!(answer(&step).contains(odd));
}

#[test]
fn an_own_question_is_refused_only_where_the_server_says_so() {
    let set = |entries: &[(&str, Value)]| {
        let mut all = vec![("predefinedQuestions", json!(["Pet?", "Town?"]))];
        all.extend_from_slice(entries);
        let question = json!({"type": "KbaCreateCallback", "output": outputs(&all), "input": [
            {"name": "IDToken1question", "value": ""}, {"name": "IDToken1answer", "value": ""}]});
        with(&question, |it: &mut KbaCreateCallback| {
            assert!(it.set_question("Town?").is_ok());
            it.set_question("Own?").is_ok()
        })
    };
    assert!(set(&[]) && set(&[("allowUserDefinedQuestions", json!(true))]));
    assert!(!set(&[("allowUserDefinedQuestions", json!(false))]));
}

#[test]
fn consent_fields_may_hold_null() {
    let consent = json!({"type": "ConsentMappingCallback", "input": [{"name": "IDToken1", "value": false}],
        "output": outputs(&[("fields", json!([null, "mail", null, "sn"])), ("isRequired", json!("true"))])});
    with(&consent, |it: &mut ConsentMappingCallback| {
        assert_eq!(it.fields(), ["mail", "sn"]);
        assert!(it.is_required());
    });
}

#[test]
fn a_language_callback_may_come_with_nothing() {
    let mut step = step_of(r#"{"type":"LanguageCallback"}"#);
    let it = step.callback_mut::<LanguageCallback>().unwrap();
    assert!(!it.takes_answer() && it.set_language("de", "").is_err());
}

#[test]
fn an_unlock_that_nobody_knows_is_not_taken_for_none() {
    let binding = |kind: Value| {
        let binding = json!({"type": "DeviceBindingCallback", "output": outputs(&[("authenticationType", kind)]),
            "input": [{"name": "IDToken1jws", "value": ""}, {"name": "IDToken1clientError", "value": ""}]});
        with(&binding, |it: &mut DeviceBindingCallback| {
            assert!(it.set_device_name("x").is_err(), "the callback has no such input");
            it.authentication()
        })
    };
    assert_eq!(binding(json!("BIOMETRIC")), DeviceAuthentication::BiometricOnly);
    assert_eq!(binding(json!("BIOMETRIC_ONLY")), DeviceAuthentication::BiometricOnly);
    assert_eq!(
        binding(json!("BIOMETRIC_ALLOW_FALLBACK")),
        DeviceAuthentication::BiometricAllowFallback
    );
    assert_eq!(binding(json!("NONE")), DeviceAuthentication::None);
    assert_eq!(binding(json!("RETINA")), DeviceAuthentication::Unknown);
    assert_eq!(binding(json!(null)), DeviceAuthentication::Unknown);
}

#[test]
fn a_redirect_may_be_a_form_and_must_have_a_place() {
    let form = json!({"type": "RedirectCallback", "output": outputs(&[("redirectUrl", json!("https://idp")),
        ("redirectMethod", json!("POST")), ("redirectData", json!({"SAMLRequest": "x"}))])});
    with(&form, |it: &mut RedirectCallback| {
        assert_eq!(
            (it.method(), it.data()["SAMLRequest"].as_str()),
            (RedirectMethod::Post, Some("x"))
        );
    });
    let nowhere = step_of(r#"{"type":"RedirectCallback","output":[]}"#);
    assert!(matches!(nowhere.callbacks()[0], Callback::Unknown(_)));
}

#[test]
fn protect_options_come_one_by_one_or_as_one_object() {
    let options = |entries: &[(&str, Value)]| {
        let protect = json!({"type": "PingOneProtectInitializeCallback", "output": outputs(entries),
            "input": [{"name": "IDToken1clientError", "value": ""}]});
        with(&protect, |it: &mut PingOneProtectInitializeCallback| it.options())
    };
    let one = options(&[(
        "signalsInitializationOptions",
        json!({"envId": "e", "behavioralDataCollection": "false"}),
    )]);
    assert_eq!((one.env_id.as_deref(), one.behavioral_data_collection), (Some("e"), false));
    for odd in [json!([]), json!(null), json!("x")] {
        let plain = options(&[("signalsInitializationOptions", odd), ("envId", json!("f"))]);
        assert_eq!((plain.env_id.as_deref(), plain.behavioral_data_collection), (Some("f"), true));
    }
}
