//! The `authId`: a signed value that names one journey.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use crate::sim::authenticate::Refusal;
use crate::sim::jws::{claims_of, hs256, is_hs256_by, signing_input};
use crate::sim::state::{Journey, State};
use crate::sim::{Am, sessions};

/// Writes the `authId` of a journey's present step.
pub(crate) fn written(am: &Am, state: &State, journey: &Journey) -> String {
    let seconds =
        |it: std::time::SystemTime| it.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut claims = json!({
        "otk": journey.otk,
        "realm": match am.profile().is_openam() {
            true => sessions::realm_dn(&journey.realm),
            false => journey.realm.clone(),
        },
        "sessionId": journey.id,
    });
    if let Some((kind, value)) = &journey.index {
        match am.profile().is_openam() {
            true => {
                let kind = if kind == "module" { "module_instance" } else { kind };
                claims["authIndexType"] = json!(kind);
                // OpenAM escapes the quotes of an advice twice.
                claims["authIndexValue"] = json!(value.replace('"', "\\\""));
            }
            false => {
                claims["authIndexType"] = json!(kind);
                claims["authIndexValue"] = json!(value);
            }
        }
    }
    if !am.profile().is_openam() {
        claims["iat"] = json!(seconds(am.now()));
        claims["exp"] = json!(seconds(journey.expires));
    }
    let input = signing_input(&json!({ "typ": "JWT", "alg": "HS256" }), &claims);
    let signature = hs256(&state.auth_id_key, &input);
    format!("{input}.{signature}")
}

/// Finds the journey that an `authId` names.
pub(crate) fn journey_of(
    am: &Am,
    state: &State,
    realm: &str,
    auth_id: &Value,
) -> Result<Journey, Refusal> {
    let Some(token) = auth_id.as_str() else {
        let message =
            "org.forgerock.json.JsonValueException: /authId: Expecting a java.lang.String";
        return Err(Refusal::new(500, message));
    };
    let parts = token.split('.').count();
    if parts != 3 {
        let message = format!("Failed to parse JWT, not right number of dots, {parts}");
        return Err(Refusal::new(400, message));
    }
    if !is_hs256_by(&state.auth_id_key, token) {
        return Err(Refusal::new(400, "AuthId JWT Signature not valid"));
    }
    let claims = claims_of(token).unwrap_or_default();
    let journey = claims["sessionId"]
        .as_str()
        .and_then(|id| state.journeys.get(id))
        .ok_or_else(|| Refusal::over(am))?;
    if am.now() >= journey.expires {
        return Err(Refusal::expired(am));
    }
    // A step that has been answered names a one-time key that is spent.
    if claims["otk"] != json!(journey.otk) {
        return Err(Refusal::over(am));
    }
    if journey.realm != realm {
        return Err(Refusal::new(400, "Invalid Domain. Please contact your system administrator."));
    }
    Ok(journey.clone())
}
