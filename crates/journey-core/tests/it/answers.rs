//! Journeys that answer themselves.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use journey_core::{Answers, Responder, Unanswered};
use serde_json::{Value, json};

use crate::support::{answer, step_of};

/// Answers one callback; these answers never wait.
fn fill(answers: &Answers, callback: &Value) -> Result<String, Unanswered> {
    let mut step = step_of(&callback.to_string());
    let polled = pin!(answers.respond(&mut step)).poll(&mut Context::from_waker(Waker::noop()));
    match polled {
        Poll::Ready(result) => result?,
        Poll::Pending => unreachable!("a table of answers does not wait"),
    }
    Ok(answer(&step))
}

fn callback(kind: &str, outputs: &[(&str, Value)], inputs: &[&str]) -> Value {
    let outputs: Vec<_> =
        outputs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let inputs: Vec<_> =
        inputs.iter().map(|it| json!({"name": format!("IDToken1{it}"), "value": ""})).collect();
    json!({"type": kind, "output": outputs, "input": inputs})
}

#[test]
fn each_type_is_answered_in_its_own_way() {
    let yes = Answers::new().id("news", "yes").id("age", "30").id("mail", "b@example.com");
    let prompted = |kind: &str, name: &str| {
        callback(kind, &[("name", json!(name)), ("required", json!(true))], &[""])
    };
    assert!(
        fill(&yes, &prompted("BooleanAttributeInputCallback", "news"))
            .unwrap()
            .contains(r#""value":true"#)
    );
    assert!(
        fill(&yes, &prompted("NumberAttributeInputCallback", "age"))
            .unwrap()
            .contains(r#""value":30.0"#)
    );
    assert!(
        fill(&yes, &prompted("StringAttributeInputCallback", "mail"))
            .unwrap()
            .contains("b@example.com")
    );
    assert!(fill(&yes, &prompted("NumberAttributeInputCallback", "news")).is_err(), "not a number");

    let by_type = Answers::new()
        .of_type("TermsAndConditionsCallback", "yes")
        .of_type("ConsentMappingCallback", "false")
        .of_type("SelectIdPCallback", "google")
        .of_type("KbaCreateCallback", "Rex")
        .of_type("LanguageCallback", "de-CH");
    assert!(
        fill(&by_type, &callback("TermsAndConditionsCallback", &[], &[""]))
            .unwrap()
            .contains(r#""value":true"#)
    );
    assert!(
        fill(&by_type, &callback("ConsentMappingCallback", &[], &[""]))
            .unwrap()
            .contains(r#""value":false"#)
    );
    let idp = |name: &str| {
        callback("SelectIdPCallback", &[("providers", json!([{"provider": name}]))], &[""])
    };
    assert!(fill(&by_type, &idp("google")).unwrap().contains(r#""value":"google""#));
    assert!(fill(&by_type, &idp("github")).is_err(), "not offered");
    let kba = callback(
        "KbaCreateCallback",
        &[("predefinedQuestions", json!(["Pet?"]))],
        &["question", "answer"],
    );
    let filled = fill(&by_type, &kba).unwrap();
    assert!(filled.contains(r#""value":"Pet?""#) && filled.contains(r#""value":"Rex""#));
    let language =
        fill(&by_type, &callback("LanguageCallback", &[], &["Language", "Country"])).unwrap();
    assert!(language.contains(r#""value":"de""#) && language.contains(r#""value":"CH""#));
}

#[test]
fn what_only_shows_or_may_stay_as_it_is_needs_no_answer() {
    let none = Answers::new();
    for silent in [
        callback("TextOutputCallback", &[], &[]),
        callback("SuspendedTextOutputCallback", &[], &[]),
        callback("NameValueOutputCallback", &[], &[]),
        callback("MetadataCallback", &[], &[]),
        callback("PollingWaitCallback", &[("waitTime", json!("1"))], &[]),
        callback("PingOneProtectInitializeCallback", &[], &["clientError"]),
        callback("LanguageCallback", &[], &[]),
        callback("StringAttributeInputCallback", &[("required", json!(false))], &[""]),
        callback("ConsentMappingCallback", &[("isRequired", json!(false))], &[""]),
        callback("NobodyKnowsCallback", &[], &[""]),
    ] {
        assert!(fill(&none, &silent).unwrap().contains(&silent.to_string()), "{silent}");
    }
}

#[test]
fn what_asks_and_has_no_answer_is_named() {
    for (asks, named) in [
        (
            callback("NameCallback", &[("prompt", json!("User Name"))], &[""]),
            "no answer for NameCallback \"User Name\"",
        ),
        (
            callback("KbaCreateCallback", &[], &["question", "answer"]),
            "no answer for KbaCreateCallback",
        ),
        (
            callback("RedirectCallback", &[("redirectUrl", json!("https://idp"))], &[]),
            "no answer for RedirectCallback",
        ),
        (
            callback("DeviceBindingCallback", &[], &["jws", "clientError"]),
            "no answer for DeviceBindingCallback",
        ),
        (
            callback("PingOneProtectEvaluationCallback", &[], &["signals", "clientError"]),
            "no answer for PingOneProtectEvaluationCallback",
        ),
        (
            callback("TermsAndConditionsCallback", &[], &[""]),
            "no answer for TermsAndConditionsCallback",
        ),
        (
            callback("BooleanAttributeInputCallback", &[("required", json!(true))], &[""]),
            "no answer for BooleanAttributeInputCallback",
        ),
    ] {
        assert_eq!(fill(&Answers::new(), &asks).unwrap_err().to_string(), named);
    }
}
