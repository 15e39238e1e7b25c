//! What goes back to AM is what came, but for the inputs that were set.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use http::Response;
use journey_core::{Callback, NameCallback, Outcome, PasswordCallback, Realm, Server, Start, Step};
use secrecy::ExposeSecret;

/// Keys in an odd order, extra keys, `1.0`, a number of 23 digits, a duplicate key, an escaped key, an input
/// without a value and one without anything.
const STEP: &str = r#"{ "zeta": 1.0, "authId":"eyJ.secret.x", "big": 12345678901234567890123, "callbacks": [
  {"type":"NameCallback","output":[{"name":"prompt","value":"User\u0020Name"}],"input":[{"name":"IDToken1","value":""}],"_id":0},
  {"\u0074ype":"PasswordCallback", "output":[], "input":[{"name":"IDToken2", "value" : "" }], "twice":1, "twice":2e2},
  {"type":"UnheardOfCallback","input":[{"name":"IDToken3"},{}, 7],"output":[{"name":"x","value":null}]},
  "no object", null,
  {"type":"TextOutputCallback","output":[{"name":"message","value":"hi"},{"name":"messageType","value":"0"}]}
], "template":"", "header":"Sign in" }"#;

fn start() -> Start {
    Start::new(Server::new("https://am.example.com/am").unwrap(), Realm::root())
}

fn step(body: &str) -> Step {
    match start().read(&Response::new(body)).unwrap() {
        Outcome::Continue(step) => step,
        other => panic!("no step: {other:?}"),
    }
}

fn answer(step: &Step) -> String {
    start().answer(step).unwrap().body().expose_secret().to_owned()
}

#[test]
fn an_untouched_step_goes_back_byte_for_byte() {
    assert_eq!(answer(&step(STEP)), STEP);
}

#[test]
fn only_the_inputs_that_were_set_differ() {
    let mut step = step(STEP);
    step.callback_mut::<NameCallback>().unwrap().set_name("ba\"bs");
    step.callback_mut::<PasswordCallback>().unwrap().set_password("Passw0rd1");
    let expected = STEP
        .replacen(r#"{"name":"IDToken1","value":""}"#, r#"{"name":"IDToken1","value":"ba\"bs"}"#, 1)
        .replacen(r#""value" : "" }"#, r#""value" : "Passw0rd1" }"#, 1);
    assert_eq!(answer(&step), expected);
}

#[test]
fn an_input_without_a_value_gets_one() {
    let mut step = step(STEP);
    let unheard = step.callbacks_mut().nth(2).unwrap();
    assert!(matches!(unheard, Callback::Unknown(_)));
    assert_eq!(unheard.raw().inputs(), 2);
    unheard.raw_mut().set_input(0, "one").unwrap();
    unheard.raw_mut().set_input(1, &2).unwrap();
    let expected = STEP
        .replacen(r#"{"name":"IDToken3"}"#, r#"{"value":"one","name":"IDToken3"}"#, 1)
        .replacen("{}", r#"{"value":2}"#, 1);
    assert_eq!(answer(&step), expected);
}

#[test]
fn the_last_of_two_answers_counts() {
    let mut step = step(STEP);
    step.callback_mut::<NameCallback>().unwrap().set_name("first");
    step.callback_mut::<NameCallback>().unwrap().set_name("second");
    assert!(answer(&step).contains("second"));
    assert!(!answer(&step).contains("first"));
}

#[test]
fn what_can_not_be_read_stays_in_its_place() {
    let step = step(STEP);
    let types: Vec<_> = step.callbacks().iter().map(Callback::type_name).collect();
    let expected =
        ["NameCallback", "PasswordCallback", "UnheardOfCallback", "", "", "TextOutputCallback"];
    assert_eq!(types, expected);
    assert_eq!(step.header(), Some("Sign in"));
}

#[test]
fn callbacks_can_not_be_moved() {
    let mut swapped = step(STEP);
    let mut callbacks = swapped.callbacks_mut();
    let (one, two) = (callbacks.next().unwrap(), callbacks.next().unwrap());
    std::mem::swap(one, two);
    drop(callbacks);
    assert!(start().answer(&swapped).is_err());

    let (mut one, mut two) = (step(STEP), step(STEP));
    std::mem::swap(one.callbacks_mut().next().unwrap(), two.callbacks_mut().next().unwrap());
    assert!(start().answer(&one).is_err(), "a callback of another step");
}

#[test]
fn a_step_without_auth_id_is_not_answered() {
    // AM would take the answer for a new journey (seen on OpenAM 16).
    let step = step(r#"{"callbacks":[{"type":"SuspendedTextOutputCallback","output":[]}]}"#);
    assert!(!step.is_answerable());
    assert!(start().answer(&step).is_err());
}

#[test]
fn no_secret_of_a_step_is_shown() {
    let mut step = step(STEP);
    step.callback_mut::<PasswordCallback>().unwrap().set_password("sentinel");
    let shown = format!("{step:?} {:?}", start().answer(&step).unwrap());
    assert!(!shown.contains("sentinel") && !shown.contains("secret"), "{shown}");
}
