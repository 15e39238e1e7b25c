//! The stage of a page, and the scripts beside it.

use http::Response;
use journey_core::{Outcome, Realm, Server, Start};
use serde_json::json;

/// Reads the bytes as a stage and as a script.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(server) = Server::new("https://am.example.com/am") else { return };
    let start = Start::new(server, Realm::root());
    let script = json!({"type": "TextOutputCallback",
        "output": [{"name": "message", "value": text}, {"name": "messageType", "value": "4"}]});
    let page = json!({"authId": "x", "callbacks": [script], "stage": text}).to_string();
    let Ok(Outcome::Continue(step)) = start.read(&Response::new(page.as_bytes())) else {
        panic!("it is a page")
    };
    let _ = (step.mfa_registration(), step.recovery_codes());
    let Some(stage) = step.page().parsed_stage() else { return };
    for text in [stage.submit_button_text(), stage.page_footer()].into_iter().flatten() {
        assert!(text.pick(["de-CH", "en"]).is_some(), "there is always some text");
    }
    let _ = (stage.theme_id(), stage.callback_rules("NameCallback", 0));
}
