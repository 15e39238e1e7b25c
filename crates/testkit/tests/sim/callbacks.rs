//! What callbacks look like on the wire, and what an answer may change.

use journey_testkit::sim::{Am, Page, Profile, Tree};
use serde_json::{Value, json};

use crate::support::{ALPHA, fill, login_path, step};

async fn first_page(profile: Profile, page: Page) -> Value {
    let am = Am::demo_builder().profile(profile).tree("alpha", Tree::new("It").page(page)).build();
    let path = format!(
        "{}/json/realms/root/realms/alpha/authenticate?authIndexType=service&authIndexValue=It",
        am.base_path()
    );
    step(&am, &path, &json!({})).await.json()
}

/// The outputs of the only callback, by name.
async fn only(profile: Profile, page: Page) -> (Value, Value) {
    let body = first_page(profile, page).await;
    let callback = &body["callbacks"][0];
    let pairs = callback["output"].as_array().unwrap().iter();
    let outputs = pairs.map(|it| (it["name"].as_str().unwrap().to_owned(), it["value"].clone()));
    (outputs.collect(), callback["input"].clone())
}

#[tokio::test]
async fn the_login_page_is_as_am_sends_it() {
    let page = first_page(Profile::PingAm, Page::new().stage("S").name("N").password("P")).await;
    assert_eq!(page["stage"], "S");
    assert_eq!(
        page["callbacks"],
        json!([
            {
                "type": "NameCallback", "output": [{ "name": "prompt", "value": "N" }],
                "input": [{ "name": "IDToken1", "value": "" }], "_id": 0,
            },
            {
                "type": "PasswordCallback", "output": [{ "name": "prompt", "value": "P" }],
                "input": [{ "name": "IDToken2", "value": "" }], "_id": 1,
            },
        ])
    );
}

#[tokio::test]
async fn texts_that_a_page_lacks_are_left_out() {
    let page = first_page(Profile::PingAm, Page::new().text_output("Hello")).await;
    for name in ["stage", "header", "description"] {
        assert_eq!(page.get(name), None, "{name}");
    }
}

#[tokio::test]
async fn the_message_type_of_a_text_is_a_text_and_that_of_a_confirmation_a_number() {
    let (outputs, input) = only(Profile::PingAm, Page::new().script("alert(1)")).await;
    assert_eq!(outputs, json!({ "message": "alert(1)", "messageType": "4" }));
    assert_eq!(input, Value::Null);
    let page = Page::new().confirmation("Sure?", ["Yes", "No"], 1);
    let (outputs, input) = only(Profile::PingAm, page).await;
    assert_eq!(
        outputs,
        json!({
            "prompt": "Sure?", "messageType": 0, "options": ["Yes", "No"], "optionType": -1,
            "defaultOption": 1,
        })
    );
    assert_eq!(input, json!([{ "name": "IDToken1", "value": 1 }]));
}

#[tokio::test]
async fn the_input_of_a_hidden_value_starts_as_its_id() {
    let page = || Page::new().hidden_value("clientScriptOutputData", "v");
    let (outputs, input) = only(Profile::PingAm, page()).await;
    assert_eq!(outputs, json!({ "value": "v", "id": "clientScriptOutputData" }));
    assert_eq!(input[0]["value"], "clientScriptOutputData");
    let (outputs, _) = only(Profile::OpenAm16, page()).await;
    assert_eq!(outputs, json!({ "value": "v" }));
}

#[tokio::test]
async fn the_wait_of_a_poll_is_milliseconds_as_a_text() {
    let (outputs, _) = only(Profile::PingAm, Page::new().polling_wait(2000, 2, "Wait")).await;
    assert_eq!(outputs, json!({ "waitTime": "2000", "message": "Wait" }));
}

#[tokio::test]
async fn a_poll_ends_after_its_rounds() {
    let tree =
        Tree::new("Poll").page(Page::credentials()).page(Page::new().polling_wait(10, 3, "Wait"));
    let am = Am::demo_builder().tree("alpha", tree).build();
    let path = format!("{ALPHA}/authenticate?authIndexType=service&authIndexValue=Poll");
    let first = step(&am, &path, &json!({})).await.json();
    let mut next = step(&am, &path, &fill(first, &["demo", "Ch4ng31t"])).await.json();
    let mut rounds = 0;
    while next["callbacks"][0]["type"] == "PollingWaitCallback" {
        next = step(&am, &path, &next).await.json();
        rounds += 1;
    }
    assert_eq!(rounds, 3);
    assert!(next["tokenId"].is_string());
}

#[tokio::test]
async fn an_unknown_callback_is_sent_as_it_was_given_and_taken_back() {
    let odd = json!({
        "type": "PingOneRecognizeCallback", "output": [{ "name": "x", "value": [1, null] }],
        "input": [{ "name": "IDToken1token", "value": "" }, { "name": "IDToken1error", "value": "" }],
        "_id": 7, "future": { "a": 1.0 },
    });
    let tree = Tree::new("Odd").page(Page::credentials()).page(Page::new().callback(odd.clone()));
    let am = Am::demo_builder().tree("alpha", tree).build();
    let path = format!("{ALPHA}/authenticate?authIndexType=service&authIndexValue=Odd");
    let first = step(&am, &path, &json!({})).await.json();
    let second = step(&am, &path, &fill(first, &["demo", "Ch4ng31t"])).await.json();
    assert_eq!(second["callbacks"][0], odd);
    let mut fewer = second.clone();
    fewer["callbacks"][0]["input"].as_array_mut().unwrap().pop();
    assert_eq!(step(&am, &path, &fewer).await.status, 400);
    assert_eq!(step(&am, &path, &second).await.status, 200);
}

/// Changes the filled login page, and returns status and message of the answer.
async fn changed(change: impl FnOnce(&mut Value)) -> (u16, String) {
    let am = Am::demo();
    let first = step(&am, &login_path(), &json!({})).await.json();
    let mut filled = fill(first, &["demo", "Ch4ng31t"]);
    change(&mut filled);
    let answer = step(&am, &login_path(), &filled).await;
    (answer.status, answer.json()["message"].as_str().unwrap_or_default().to_owned())
}

fn callbacks(step: &mut Value) -> &mut Vec<Value> {
    step["callbacks"].as_array_mut().unwrap()
}

#[tokio::test]
async fn dropped_added_reordered_and_retyped_callbacks_are_refused() {
    let count = (400, "Incorrect number of callbacks found in JSON response".to_owned());
    let kind = (400, "Required callback not found in JSON response".to_owned());
    assert_eq!(changed(|it| drop(callbacks(it).pop())).await, count);
    assert_eq!(changed(|it| callbacks(it).clear()).await, count);
    assert_eq!(changed(|it| callbacks(it).push(json!({}))).await, count);
    assert_eq!(changed(|it| callbacks(it).reverse()).await, kind);
    assert_eq!(changed(|it| it["callbacks"][0]["type"] = json!("TextInputCallback")).await, kind);
}

#[tokio::test]
async fn outputs_names_and_unknown_keys_do_not_matter() {
    let fine = (200, String::new());
    assert_eq!(changed(|it| it["callbacks"][0]["output"] = json!([])).await, fine);
    assert_eq!(
        changed(|it| it["callbacks"][0]["input"][0]["name"] = json!("IDToken9")).await,
        fine
    );
    assert_eq!(changed(|it| it["callbacks"][0]["future"] = json!(true)).await, fine);
    assert_eq!(changed(|it| it["header"] = json!("other")).await, fine);
}

#[tokio::test]
async fn a_text_input_takes_texts_only() {
    let (status, message) = changed(|it| it["callbacks"][0]["input"][0]["value"] = json!(5)).await;
    assert_eq!(status, 500);
    assert!(message.ends_with("/callbacks/0/input/0/value: Expecting a java.lang.String"));
    let null = changed(|it| it["callbacks"][0]["input"][0]["value"] = Value::Null).await;
    assert_eq!(null, (401, "Login failure".to_owned()));
}

#[tokio::test]
async fn a_choice_out_of_range_is_refused() {
    let tree = Tree::new("Choose").page(Page::new().choice("?", ["a", "b"], 0));
    let am = Am::demo_builder().tree("alpha", tree).build();
    let path = format!("{ALPHA}/authenticate?authIndexType=service&authIndexValue=Choose");
    let mut first = step(&am, &path, &json!({})).await.json();
    first["callbacks"][0]["input"][0]["value"] = json!(99);
    assert_eq!(step(&am, &path, &first).await.status, 500);
}
