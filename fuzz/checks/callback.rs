//! One callback: every view of it can be looked at, and it goes back in its place.

use http::Response;
use journey_core::{Callback, Outcome, Realm, Server, Start};
use secrecy::ExposeSecret;

/// Reads the bytes as one callback of a page.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(server) = Server::new("https://am.example.com/am") else { return };
    let start = Start::new(server, Realm::root());
    let page = format!(r#"{{"authId":"x","callbacks":[{text}]}}"#);
    let Ok(Outcome::Continue(step)) = start.read(&Response::new(page.as_bytes())) else { return };
    for callback in step.callbacks() {
        look(callback);
    }
    let _ = (step.mfa_registration(), step.recovery_codes());
    if let Ok(answer) = start.answer(&step) {
        assert_eq!(answer.body().expose_secret(), &page);
    }
}

fn look(callback: &Callback) {
    let _ = (format!("{callback:?}"), callback.prompt(), callback.id());
    match callback {
        Callback::Metadata(it) => {
            let _ = (it.web_authn_registration(), it.web_authn_authentication());
            let _ = (it.protect_options(), it.protect_pauses_behavioral_data(), it.stage());
        }
        Callback::StringAttributeInput(it) => {
            let _ = (it.policies(), it.value(), it.is_validate_only(), it.failed_policies());
        }
        Callback::NumberAttributeInput(it) => {
            let _ = (it.value(), it.failed_policies());
        }
        Callback::PingOneProtectInitialize(it) => drop(it.options()),
        Callback::IdP(it) => drop((it.scopes(), it.acr_values(), it.nonce())),
        Callback::Redirect(it) => drop((it.redirect_url(), it.data())),
        Callback::NameValueOutput(it) => drop(it.entries()),
        _ => {}
    }
}
