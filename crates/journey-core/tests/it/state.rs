//! Half-done journeys that travel.

use std::sync::Arc;

use crate::support::{answer, start, step, step_of};
use journey_core::{
    AuthIndex, ErrorKind, NameCallback, PasswordCallback, Realm, Registry, Server, Session, Start,
    Step,
};
use secrecy::{ExposeSecret, SecretString};

const PAGE: &str = r#"{"authId":"eyJ.x","big":12345678901234567890123,"callbacks":[
 {"type":"NameCallback","output":[{"name":"prompt","value":"User \"Näme\""}],"input":[{"name":"IDToken1","value":""}]},
 {"type":"PasswordCallback","output":[],"input":[{"name":"IDToken2"}]},
 {"type":"Odd","input":[{"name":"IDToken3","value":1.0}]}],"header":"Hi"}"#;

fn filled() -> Step {
    let mut step = step(PAGE);
    step.callback_mut::<NameCallback>().unwrap().set_name("b\"ä\n");
    step.callback_mut::<PasswordCallback>().unwrap().set_password("Passw0rd1");
    step.callbacks_mut()
        .nth(2)
        .unwrap()
        .raw_mut()
        .set_input(0, &serde_json::json!({"a": [1.5]}))
        .unwrap();
    step
}

fn again(step: &Step) -> Step {
    Step::from_state(&step.to_state(), &Registry::new()).unwrap()
}

#[test]
fn a_step_comes_back_with_its_answers() {
    let filled = filled();
    assert_eq!(answer(&again(&filled)), answer(&filled));
    assert_eq!(again(&filled).header(), Some("Hi"));
    assert_eq!(answer(&again(&step(PAGE))), PAGE);
    assert_eq!(
        again(&again(&filled)).to_state().expose_secret(),
        filled.to_state().expose_secret()
    );
}

#[test]
fn an_answer_stays_with_its_callback_even_if_that_was_moved() {
    let two = r#"{"type":"NameCallback","input":[{"name":"IDToken1","value":""}]},{"type":"NameCallback","input":[{"name":"IDToken2","value":""}]}"#;
    let mut moved = step_of(two);
    moved.callback_mut::<NameCallback>().unwrap().set_name("first");
    let mut callbacks = moved.callbacks_mut();
    std::mem::swap(callbacks.next().unwrap(), callbacks.next().unwrap());
    drop(callbacks);
    assert!(answer(&again(&moved)).contains(r#"{"name":"IDToken1","value":"first"}"#));
}

#[test]
fn a_damaged_step_is_told_apart_from_one_of_another_version() {
    let state = filled().to_state();
    let kind = |text: &str| Step::from_state(&text.into(), &Registry::new()).unwrap_err().kind();
    let text = state.expose_secret();
    for end in (0..text.len()).filter(|it| text.is_char_boundary(*it)) {
        let damaged = kind(&text[..end]);
        assert!(matches!(damaged, ErrorKind::StateCorrupt), "cut at {end}");
    }
    assert_eq!(
        kind(&text.replacen("journey-step 1", "journey-step 2", 1)),
        ErrorKind::StateVersion
    );
    assert_eq!(kind(&text.replacen("[0,0,", "[9,0,", 1)), ErrorKind::StateCorrupt);
    assert_eq!(kind(&text.replacen("[0,0,", "[0,9,", 1)), ErrorKind::StateCorrupt);
    assert_eq!(kind(&format!("{text}]")), ErrorKind::StateCorrupt);
    assert_eq!(kind(start().to_state().expose_secret()), ErrorKind::StateCorrupt);
    let shown =
        format!("{:?}", Step::from_state(&"journey-step 1 3\nsentinel".into(), &Registry::new()));
    assert!(!shown.contains("sentinel"));
}

fn options() -> (Server, Start) {
    let server = Server::new("https://am.example.com/am").unwrap();
    server.set_cookie_name("iPlanetDirectoryPro");
    let session = Session::new("AQIC5w.*AAJTSQ*", Some("/console"), Realm::root());
    let start = Start::new(server.clone(), "alpha".parse().unwrap())
        .index(AuthIndex::Level(3))
        .force_auth()
        .no_session()
        .upgrade(session)
        .locale("de-CH, de;q=0.9")
        .goto("https://app/ä")
        .credentials("bjensen", "Passw0rd1");
    (server, start)
}

#[test]
fn options_come_back_but_for_the_first_requests_password() {
    let (server, start) = options();
    let state = start.to_state();
    assert!(!state.expose_secret().contains("Passw0rd1"));
    let again = Start::from_state(&state, server, Arc::default()).unwrap();
    let step = step_of("");
    let (one, two) = (start.answer(&step).unwrap(), again.answer(&step).unwrap());
    assert_eq!((one.uri(), one.headers()), (two.uri(), two.headers()));
    assert!(again.is_without_session() && again.is_upgrade());
    assert_eq!(again.realm().as_str(), "/alpha");
}

#[test]
fn options_of_another_server_version_or_form_are_refused() {
    let (server, start) = options();
    let state = start.to_state();
    let kind = |text: &str, server: &Server| {
        Start::from_state(&SecretString::from(text), server.clone(), Arc::default())
            .unwrap_err()
            .kind()
    };
    let other = Server::new("https://evil.example.com/am").unwrap();
    let text = state.expose_secret();
    assert_eq!(kind(text, &other), ErrorKind::Misuse);
    assert_eq!(kind(&text.replacen("start 1", "start 7", 1), &server), ErrorKind::StateVersion);
    assert_eq!(
        kind(&text.replacen("\"level\"", "\"levels\"", 1), &server),
        ErrorKind::StateCorrupt
    );
    assert_eq!(kind(&text.replacen("/alpha", "/..", 1), &server), ErrorKind::StateCorrupt);
    assert_eq!(kind(&text[..text.len() - 1], &server), ErrorKind::StateCorrupt);
    assert_eq!(kind("", &server), ErrorKind::StateCorrupt);
}
