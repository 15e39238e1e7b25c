//! Whether the user agrees.

use http::Method;

use crate::sim::call::Call;
use crate::sim::oauth::authorize::Stop;
use crate::sim::oauth::authorize::asked::Asked;
use crate::sim::oauth::authorize::pages::{consent_page, page_of_error};
use crate::sim::state::{Session, State};
use crate::sim::{Am, OAuthClient};

#[expect(clippy::too_many_arguments, reason = "everything that a decision about consent needs")]
pub(crate) fn agreed(
    am: &Am,
    state: &mut State,
    call: &Call,
    session: &Session,
    token: &str,
    client: &OAuthClient,
    scopes: &[String],
    asked: &Asked,
) -> Result<(), Stop> {
    let saved =
        (session.realm.clone(), session.username.clone(), client.id.clone(), scopes.join(" "));
    let decision = asked.get("decision");
    if decision.is_none() && (client.consent_implied || state.grants.consents.contains(&saved)) {
        return Ok(());
    }
    let Some(decision) = decision else {
        if asked.get("prompt") == Some("none") {
            let description = "The request requires consent.".to_owned();
            return Err(Stop::Error("consent_required", description));
        }
        return Err(Stop::Reply(consent_page(am, call, client, scopes)));
    };
    if call.method != Method::POST || asked.get("csrf") != Some(token) {
        return Err(Stop::Reply(page_of_error("bad_request", "Invalid csrf token")));
    }
    if decision != "allow" {
        let description = "Resource Owner did not authorize the request".to_owned();
        return Err(Stop::Error("access_denied", description));
    }
    if asked.get("save_consent") == Some("on") {
        state.grants.consents.insert(saved);
    }
    Ok(())
}
