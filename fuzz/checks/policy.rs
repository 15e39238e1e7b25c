//! Policies and what failed.

use journey_core::{FailedPolicy, Policies, Requirement};
use serde_json::Value;

/// Reads the bytes as an entry of `failedPolicies` and as `policies`.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    for value in parsed.into_iter().chain([Value::from(text)]) {
        if let Some(failed) = FailedPolicy::from_json(&value) {
            let message = failed.message("the field");
            assert!(message.contains("the field"), "{message}");
            let _ = (failed.requirement(), failed.integer("minLength"), format!("{failed:?}"));
        }
        let policies = Policies::from_json(&value);
        let _ = (policies.requires(Requirement::Required), policies.param("minLength"));
    }
}
