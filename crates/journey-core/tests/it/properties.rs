//! What holds for any answer a server may send.

use std::fmt::Write;

use http::Response;
use journey_core::{Outcome, Registry, Resume, SplitUri, Step};
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::support::{answer, start};

/// Any JSON, as text: with white space, escapes, huge numbers and the same key twice.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "null",
            "true",
            "false",
            "0",
            "-0.0",
            "1.0",
            "1e2",
            "1E+2",
            "12345678901234567890123",
            "1e400",
            "\"\"",
            "\"\\u0061\\n\\\"\"",
            "\"\\ud83d\\ude00\"",
            "\"NameCallback\"",
            "\"100\"",
            "\"IDToken1\"",
            "\" \"",
        ])
        .prop_map(str::to_owned),
        "\"[a-zA-Zäß€ ]{0,8}\"",
        any::<i64>().prop_map(|it| it.to_string()),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop::sample::select(vec![
            "type",
            "output",
            "input",
            "name",
            "value",
            "callbacks",
            "authId",
            "stage",
            "header",
            "infoText",
            "policies",
            "failedPolicies",
            "data",
            "\\u0074ype",
            "x",
            "",
        ]);
        let space = prop::sample::select(vec!["", " ", "\n\t"]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), space.clone()).prop_map(
                |(list, space)| format!(
                    "[{space}{}{space}]",
                    list.join(&format!("{space},{space}"))
                )
            ),
            (prop::collection::vec((key, inner), 0..6), space).prop_map(|(entries, space)| {
                let mut text = String::from("{");
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(text, "{comma}{space}\"{key}\"{space}:{space}{value}").unwrap();
                }
                text + space + "}"
            }),
        ]
    })
}

/// A callback that looks like one, with anything in its outputs and inputs.
fn callback() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(journey_core::Callback::BUILT_IN.to_vec());
    let name = prop::sample::select(vec![
        "prompt",
        "choices",
        "options",
        "optionType",
        "messageType",
        "waitTime",
        "value",
        "id",
        "data",
        "policies",
        "failedPolicies",
        "providers",
        "redirectUrl",
        "timeout",
        "defaultChoice",
    ]);
    let suffix = prop::sample::select(vec![
        "",
        "validateOnly",
        "question",
        "answer",
        "jws",
        "clientError",
        "token",
        "token_type",
        "signals",
    ]);
    let outputs = prop::collection::vec((name, json()), 0..6);
    let inputs = prop::collection::vec((suffix, prop::option::of(json())), 0..4);
    (kind, outputs, inputs, json()).prop_map(|(kind, outputs, inputs, extra)| {
        let outputs: Vec<_> = outputs
            .iter()
            .map(|(name, value)| format!(r#"{{"name":"{name}","value":{value}}}"#))
            .collect();
        let inputs: Vec<_> = inputs
            .iter()
            .map(|(suffix, value)| match value {
                Some(value) => format!(r#"{{"name":"IDToken1{suffix}","value":{value}}}"#),
                None => format!(r#"{{"name":"IDToken1{suffix}"}}"#),
            })
            .collect();
        format!(
            r#"{{"type":"{kind}","output":[{}],"input":[{}],"extra":{extra}}}"#,
            outputs.join(","),
            inputs.join(",")
        )
    })
}

fn page() -> impl Strategy<Value = String> {
    let any_callback = prop_oneof![4 => callback(), 1 => json()];
    (prop::collection::vec(any_callback, 0..5), json(), json()).prop_map(|(callbacks, one, two)| {
        format!(
            r#"{{"stage":{one},"authId":"eyJ.x","callbacks":[{}],"more":{two}}}"#,
            callbacks.join(" , ")
        )
    })
}

fn read(body: &str) -> Option<Step> {
    match start().read(&Response::new(body)) {
        Ok(Outcome::Continue(step)) => Some(step),
        _ => None,
    }
}

/// Every input's place and value after a round trip, as the server would read it.
fn inputs_of(answer: &str) -> Vec<Vec<Value>> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let callbacks = answer["callbacks"].as_array().unwrap();
    callbacks.iter().map(|it| it["input"].as_array().cloned().unwrap_or_default()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_or_refused_without_a_panic(body in json(), status in 200u16..600) {
        let answer = Response::builder().status(status).body(body).unwrap();
        let read = start().read(&answer);
        let _ = format!("{read:?}");
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = start().read(&Response::new(body));
    }

    #[test]
    fn an_untouched_page_goes_back_as_the_same_text(page in page()) {
        let step = read(&page).expect("it has callbacks");
        prop_assert_eq!(answer(&step), page);
    }

    #[test]
    fn an_answered_page_keeps_count_order_and_types(page in page(), texts in prop::collection::vec(".{0,12}", 8)) {
        let mut step = read(&page).expect("it has callbacks");
        let types: Vec<_> = step.callbacks().iter().map(|it| it.type_name().to_owned()).collect();
        let mut texts = texts.into_iter().cycle();
        let mut expected = Vec::new();
        for callback in step.callbacks_mut() {
            let raw = callback.raw_mut();
            for index in 0..raw.inputs() {
                let text = texts.next().unwrap();
                raw.set_input(index, &text).unwrap();
                expected.push(text);
            }
        }
        let answered = answer(&step);
        let again = read(&answered).expect("the answer is a page too");
        let types_again: Vec<_> = again.callbacks().iter().map(|it| it.type_name().to_owned()).collect();
        prop_assert_eq!(types_again, types);
        let values: Vec<String> = again
            .callbacks()
            .iter()
            .flat_map(|it| (0..it.raw().inputs()).map(|index| it.raw().input(index).unwrap()))
            .collect();
        prop_assert_eq!(values, expected);

        let state = step.to_state();
        let travelled = Step::from_state(&state, &Registry::new()).unwrap();
        prop_assert_eq!(answer(&travelled), answered);
    }

    #[test]
    fn clearing_an_input_restores_the_page(page in page()) {
        let mut step = read(&page).expect("it has callbacks");
        for callback in step.callbacks_mut() {
            for index in 0..callback.raw().inputs() {
                callback.raw_mut().set_input(index, "x").unwrap();
                callback.raw_mut().clear_input(index);
            }
        }
        prop_assert_eq!(answer(&step), page);
    }

    #[test]
    fn every_view_of_every_callback_can_be_looked_at(callback in callback()) {
        let step = read(&format!(r#"{{"authId":"x","callbacks":[{callback}]}}"#)).unwrap();
        look(&step);
    }

    #[test]
    fn any_state_is_read_or_refused_without_a_panic(state in ".{0,80}", length in 0usize..100, body in json()) {
        let _ = Step::from_state(&state.into(), &Registry::new());
        let state = format!("journey-step 1 {length}\n{body}[]");
        let _ = Step::from_state(&state.into(), &Registry::new());
    }

    #[test]
    fn any_uri_is_taken_or_refused_without_a_panic(uri in "(https?://|app:/{0,2})?[a-z@:\\[\\]./%?&=#ä0-9]{0,40}") {
        if let Some(parts) = SplitUri::parse(&uri) {
            let _ = (parts.host(), parts.port(), parts.same_origin(&parts));
        }
        let _ = Resume::from_uri(&uri, ["https://app.example.com", "app:/cb", &uri]);
    }

    #[test]
    fn a_redirects_parameters_arrive_as_they_left(code in "[ -~äß€+&=%]{1,20}", state in "[ -~]{1,20}") {
        let query: String = form_urlencoded(&[("code", &code), ("state", &state)]);
        let resume = Resume::from_uri(&format!("https://app.example.com/cb?{query}"), ["https://app.example.com"]).unwrap();
        let step = read(r#"{"authId":"x","callbacks":[]}"#).unwrap();
        let request = start().resume_step(&step, &resume).unwrap();
        let sent = request.uri().query().unwrap().to_owned();
        prop_assert_eq!(sent.replace("%20", "+"), query);
        prop_assert_eq!(request.body().expose_secret(), r#"{"authId":"x","callbacks":[]}"#);
    }
}

fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(pairs);
    text.finish()
}

/// Calls what a program would call on a step it knows nothing of.
fn look(step: &Step) {
    use journey_core::Callback;
    for callback in step.callbacks() {
        let _ = (format!("{callback:?}"), callback.prompt(), callback.id());
        match callback {
            Callback::Metadata(it) => {
                let views = (it.web_authn_registration(), it.web_authn_authentication());
                let _ =
                    (views, it.protect_options(), it.protect_pauses_behavioral_data(), it.stage());
            }
            Callback::StringAttributeInput(it) => {
                let _ = (it.policies(), it.value(), it.is_validate_only());
                let _: Vec<_> = it.failed_policies().iter().map(|it| it.message("X")).collect();
            }
            Callback::NumberAttributeInput(it) => {
                let _ = it.value();
            }
            Callback::PingOneProtectInitialize(it) => {
                let _ = it.options();
            }
            _ => {}
        }
    }
    let _ = (step.mfa_registration(), step.recovery_codes(), step.page().parsed_stage());
}

#[test]
fn an_input_that_holds_no_text_is_counted_all_the_same() {
    let page = r#"{"authId":"x","callbacks":[{"type":"Odd","input":[{"value":[1]},{"name":7,"value":{}}]}]}"#;
    let mut step = read(page).unwrap();
    step.callbacks_mut().next().unwrap().raw_mut().set_input(1, "b").unwrap();
    assert_eq!(inputs_of(&answer(&step))[0][1]["value"], "b");
}
