//! What surrounds the callbacks.

use crate::support::{answer, step};
use journey_core::Stage;
use serde_json::{Value, json};

fn stage(text: &str) -> Option<Stage> {
    let body = json!({"authId": "x", "callbacks": [], "stage": text}).to_string();
    let step = step(&body);
    assert_eq!(answer(&step), body);
    step.page().parsed_stage()
}

#[test]
fn a_stage_may_be_json_a_theme_or_a_name() {
    let full = stage(r#"{"themeId":"t-1","submitButtonText":{"en":"Go"},"pageFooter":{"en":"<b>F</b>"},"NameCallback":[{"required":true}],"own":1}"#).unwrap();
    assert_eq!(full.theme_id(), Some("t-1"));
    assert_eq!(full.page_footer().unwrap().pick(["en"]), Some("<b>F</b>"));
    assert_eq!(full.callback_rules("NameCallback", 0), Some(&json!({"required": true})));
    assert_eq!((full.callback_rules("NameCallback", 1), &full.as_json()["own"]), (None, &json!(1)));
    assert_eq!(stage("themeId=t-2").unwrap().theme_id(), Some("t-2"));
    for name in ["DataStore1", "{", "[1]", "7", "\"x\""] {
        assert_eq!(stage(name), None, "{name}");
    }
}

#[test]
fn parts_of_a_stage_of_another_shape_are_absent() {
    for odd in ["null", "7", "[]", "{}", "{\"en\":7}"] {
        let it =
            stage(&format!(r#"{{"themeId":{odd},"submitButtonText":{odd},"NameCallback":{odd}}}"#))
                .unwrap();
        assert_eq!(
            (it.theme_id(), it.submit_button_text(), it.callback_rules("NameCallback", 0)),
            (None, None, None)
        );
    }
}

#[test]
fn the_best_language_is_picked() {
    let pick = |texts: Value, locales: &[&str]| {
        let it = stage(&json!({"submitButtonText": texts}).to_string()).unwrap();
        it.submit_button_text().unwrap().pick(locales).map(str::to_owned)
    };
    let three = || json!({"en": "E", "en-GB": "GB", "fr_CA": "CA"});
    assert_eq!(pick(three(), &["en_gb"]).as_deref(), Some("GB"));
    assert_eq!(pick(three(), &["EN-us"]).as_deref(), Some("E"));
    assert_eq!(pick(three(), &["fr"]).as_deref(), Some("CA"));
    assert_eq!(pick(three(), &["it", "fr-CA"]).as_deref(), Some("CA"));
    assert_eq!(pick(json!("plain"), &["it"]).as_deref(), Some("plain"));
    assert_eq!(pick(json!({"de": "  Los  "}), &[]).as_deref(), Some("  Los  "));
}

#[test]
fn without_a_match_the_first_text_in_the_servers_order_is_picked() {
    let body =
        r#"{"authId":"x","callbacks":[],"stage":"{\"pageFooter\":{\"pl\":\"P\",\"de\":\"D\"}}"}"#;
    let step = step(body);
    let it = step.page().parsed_stage().unwrap();
    assert_eq!(it.page_footer().unwrap().pick(["it"]), Some("P"));
    assert_eq!(it.page_footer().unwrap().entries().collect::<Vec<_>>(), [("pl", "P"), ("de", "D")]);
}

#[test]
fn each_callback_has_its_info_text() {
    let body = r#"{"authId":"x","callbacks":[],"infoText":["","You must provide a username",7]}"#;
    let page = step(body);
    assert_eq!(
        (page.page().info_text(0), page.page().info_text(1)),
        (None, Some("You must provide a username"))
    );
    assert_eq!((page.page().info_text(2), page.page().info_text(3)), (None, None));
    assert_eq!(
        step(r#"{"authId":"x","callbacks":[],"infoText":"one"}"#).page().info_text(0),
        Some("one")
    );
}

#[test]
fn empty_texts_of_a_page_are_absent() {
    let page = step(r#"{"authId":"x","callbacks":[],"header":"","description":null,"stage":7}"#);
    assert_eq!((page.header(), page.description(), page.stage()), (None, None, None));
}
