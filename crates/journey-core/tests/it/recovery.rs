//! Answering once more when an answer was lost.

use crate::support::{answer, step};
use journey_core::{Callback, Step};
use serde_json::json;

fn page(auth_id: &str, stage: &str, callbacks: &[(&str, &str)]) -> Step {
    let callbacks: Vec<_> = callbacks
        .iter()
        .map(|(kind, prompt)| {
            json!({"type": kind, "output": [{"name": "prompt", "value": prompt}], "input": [{"name": "IDToken1", "value": ""}]})
        })
        .collect();
    step(&json!({"authId": auth_id, "callbacks": callbacks, "stage": stage}).to_string())
}

fn fill(step: &mut Step, values: &[&str]) {
    for (callback, value) in step.callbacks_mut().zip(values) {
        callback.raw_mut().set_input(0, value).unwrap();
    }
}

/// Tells whether the answers to a page may be given again.
fn again(callbacks: &[(&str, &str)], values: &[&str]) -> bool {
    let (mut spent, mut fresh) = (page("spent", "s", callbacks), page("fresh", "s", callbacks));
    fill(&mut spent, values);
    let untouched = answer(&fresh);
    let taken = fresh.take_answers_from(&spent);
    assert_eq!(answer(&fresh) == untouched, !taken, "all answers or none");
    taken
}

#[test]
fn name_and_password_are_given_again_under_the_new_auth_id() {
    let login = [("NameCallback", "User Name"), ("PasswordCallback", "Password")];
    let (mut spent, mut fresh) = (page("spent", "s", &login), page("fresh", "s", &login));
    fill(&mut spent, &["bjensen", "Passw0rd1"]);
    assert!(fresh.take_answers_from(&spent));
    let answer = answer(&fresh);
    assert!(answer.contains("fresh") && !answer.contains("spent"));
    assert!(answer.contains("bjensen") && answer.contains("Passw0rd1"));
}

#[test]
fn a_step_that_asks_something_else_takes_nothing() {
    let login = [("NameCallback", "User Name"), ("PasswordCallback", "Password")];
    let mut spent = page("spent", "s", &login);
    fill(&mut spent, &["bjensen", "Passw0rd1"]);
    for mut other in [
        page("x", "t", &login),
        page("x", "s", &login[..1]),
        page("x", "s", &[("NameCallback", "Nickname"), ("PasswordCallback", "Password")]),
        page("x", "s", &[("PasswordCallback", "User Name"), ("NameCallback", "Password")]),
    ] {
        assert!(!other.is_alike(&spent) && !other.take_answers_from(&spent));
        assert!(!answer(&other).contains("bjensen"));
    }
}

#[test]
fn one_time_codes_are_never_given_again() {
    for prompt in [
        "One Time Password",
        "Enter verification code",
        "OTP",
        "Einmalpasswort",
        "Código",
        "Your PIN",
    ] {
        for kind in ["NameCallback", "PasswordCallback", "TextInputCallback"] {
            assert!(
                !again(&[("NameCallback", "User"), (kind, prompt)], &["bjensen", "abcdef"]),
                "{kind} {prompt}"
            );
        }
    }
    for code in ["123456", "123 456", "1234", "12-34-56"] {
        assert!(!again(&[("PasswordCallback", "Passwort")], &[code]), "{code}");
    }
    assert!(again(&[("PasswordCallback", "Shipping password")], &["a1234567"]));
}

#[test]
fn what_proves_one_step_is_never_given_again() {
    for kind in ["HiddenValueCallback", "ReCaptchaCallback", "OddCallback"] {
        assert!(!again(&[("NameCallback", "User"), (kind, "")], &["bjensen", "proof"]), "{kind}");
    }
    assert!(
        again(&[("NameCallback", "User"), ("HiddenValueCallback", "")], &["bjensen"]),
        "left alone, it is no answer"
    );
}

#[test]
fn other_choices_make_another_step() {
    let choice = |choices: &str| {
        step(&format!(
            r#"{{"authId":"x","callbacks":[{{"type":"ChoiceCallback","output":[{{"name":"choices","value":{choices}}}],"input":[{{"name":"IDToken1","value":0}}]}}]}}"#
        ))
    };
    let mut spent = choice(r#"["a","b"]"#);
    let Some(Callback::Choice(it)) = spent.callbacks_mut().next() else { unreachable!() };
    it.choose(1).unwrap();
    assert!(choice(r#"["a","b"]"#).take_answers_from(&spent));
    assert!(!choice(r#"["b","a"]"#).take_answers_from(&spent));
}
