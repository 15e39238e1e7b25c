//! What was wrong with a value, in words.

use crate::support::start;
use http::Response;
use journey_core::{FailedPolicy, Outcome, PolicyMessages, Requirement};
use serde_json::{Value, json};

fn message(name: &str, params: Value) -> String {
    let failed = json!({"policyRequirement": name, "params": params});
    FailedPolicy::from_json(&failed).unwrap().message("X")
}

#[test]
fn every_known_requirement_reads_well() {
    for (name, params, text) in [
        ("REQUIRED", json!({}), "X is required"),
        ("UNIQUE", json!({}), "X is in use already"),
        ("VALID_USERNAME", json!({}), "X is in use already or not a valid user name"),
        ("MATCH_REGEXP", json!({"regexp": "^a"}), "X does not have the right form"),
        ("VALID_TYPE", json!({}), "X is of the wrong type"),
        ("VALID_QUERY_FILTER", json!({}), "X is not a valid query filter"),
        ("VALID_ARRAY_ITEMS", json!({}), "X has an item that is not valid"),
        ("VALID_DATE", json!({}), "X is not a valid date"),
        ("VALID_EMAIL_ADDRESS_FORMAT", json!({}), "X is not a valid e-mail address"),
        ("VALID_NAME_FORMAT", json!({}), "X is not a valid name"),
        ("VALID_PHONE_FORMAT", json!({}), "X is not a valid phone number"),
        ("VALID_NUMBER", json!({}), "X is not a valid number"),
        ("VALID_INT", json!({}), "X is not a whole number"),
        ("VALID_BOOLEAN", json!({}), "X is neither true nor false"),
        ("IS_NUMBER", json!({}), "X is not a number"),
        ("IS_NUMBER_GREATER_ZERO", json!({}), "X must be more than zero"),
        ("MIN_ITEMS", json!({"minItems": 2}), "X must have at least 2 items"),
        ("MUST_CONTAIN_LOWERCASE_CHARACTERS", json!({}), "X must have a lower-case letter"),
        (
            "MUST_CONTAIN_SPECIAL_CHARACTERS",
            json!({"requiredChars": ["#", "!"]}),
            "X must have one of these characters: # !",
        ),
        ("MINIMUM_NUMBER_VALUE", json!({"minimum": 18}), "X must be at least 18"),
        ("MAXIMUM_NUMBER_VALUE", json!({"maximum": 99.5}), "X must be at most 99.5"),
        ("MIN_LENGTH", json!({"minLength": 1}), "X must have at least 1 character"),
        ("MIN_LENGTH", json!({"minLength": "8"}), "X must have at least 8 characters"),
        ("MIN_LENGTH", json!({}), "X does not meet a requirement of the server"),
        ("MAX_LENGTH", json!({"maxLength": 8.0}), "X must have at most 8 characters"),
        (
            "LENGTH_BASED",
            json!({"min-password-length": 8, "max-password-length": 20}),
            "X must have 8 to 20 characters",
        ),
        (
            "AT_LEAST_X_CAPITAL_LETTERS",
            json!({"numCaps": 1}),
            "X must have at least 1 capital letter",
        ),
        ("AT_LEAST_X_NUMBERS", json!({"numNums": 2}), "X must have at least 2 digits"),
        (
            "CANNOT_CONTAIN_OTHERS",
            json!({"disallowedFields": ["mail", "sn"]}),
            "X must not contain: mail sn",
        ),
        (
            "CANNOT_CONTAIN_CHARACTERS",
            json!({"forbiddenChars": ["/"]}),
            "X must not contain these characters: /",
        ),
        (
            "CANNOT_CONTAIN_DUPLICATES",
            json!({"duplicateValue": "aa"}),
            "X must not repeat characters",
        ),
        ("IS_NEW", json!({"historyLength": 3}), "X must differ from the last 3 ones"),
        ("PALINDROME", json!({}), "X does not meet a requirement of the server"),
    ] {
        assert_eq!(message(name, params), text, "{name}");
    }
}

#[test]
fn words_can_be_added_replaced_and_computed() {
    let words = PolicyMessages::english()
        .text("PALINDROME", "{label} must read the same backwards {odd")
        .with("UNIQUE", |label, failed| format!("{label}/{}", failed.name()));
    let say = |name: &str| words.message(&FailedPolicy::from_json(&name.into()).unwrap(), "Nick");
    assert_eq!(say("PALINDROME"), "Nick must read the same backwards {odd");
    assert_eq!(say("UNIQUE"), "Nick/UNIQUE");
    assert_eq!(say("REQUIRED"), "Nick is required");
    let other = words.clone().otherwise("{label}: nein");
    assert_eq!(
        other.message(&FailedPolicy::from_json(&"REQUIRED".into()).unwrap(), "Nick"),
        "Nick: nein"
    );
}

#[test]
fn a_refusal_lists_what_failed_by_property() {
    let body = json!({"code": 403, "message": "Policy validation failed", "detail": {"result": false, "failedPolicyRequirements": [
        {"property": "userName", "policyRequirements": [{"policyRequirement": "UNIQUE"}, {"policyRequirement": "MIN_LENGTH", "params": {"minLength": 4}}]},
        "{\"property\":\"mail\",\"policyRequirements\":[\"REQUIRED\"]}",
        {"property": "sn", "policyRequirements": []}, 7, "x",
    ]}});
    let answer = Response::builder().status(403).body(body.to_string()).unwrap();
    let Ok(Outcome::Error(refused)) = start().read(&answer) else { panic!() };
    let failed = refused.failed_policies();
    let names: Vec<_> = failed.iter().map(|it| (it.property(), it.policies().len())).collect();
    assert_eq!(names, [("userName", 2), ("mail", 1)]);
    assert_eq!(failed[0].policies()[0].requirement(), Requirement::Unique);
}

#[test]
fn what_failed_is_shown_without_pieces_of_the_value() {
    let failed = json!({"policyRequirement": "CANNOT_CONTAIN_DUPLICATES", "params": {"duplicateValue": "sentinel"}});
    let failed = FailedPolicy::from_json(&failed).unwrap();
    assert!(!format!("{failed:?} {}", failed.message("Password")).contains("sentinel"));
    assert_eq!(failed.params()["duplicateValue"], "sentinel");
}
