//! Callbacks of an integrator's own nodes.

use std::sync::Arc;

use crate::support::{answer, start, step_of};
use http::Response;
use journey_core::{Callback, NameCallback, Outcome, RawCallback, Registry, Step, TypedCallback};

/// A type for one name on the wire, with one input.
macro_rules! own_type {
    ($name:ident, $wire:literal) => {
        #[derive(Debug)]
        struct $name(RawCallback);

        impl TypedCallback for $name {
            fn type_name() -> &'static str {
                $wire
            }
            fn from_raw(raw: RawCallback) -> Result<Self, RawCallback> {
                if raw.inputs() == 1 { Ok(Self(raw)) } else { Err(raw) }
            }
            fn raw(&self) -> &RawCallback {
                &self.0
            }
            fn raw_mut(&mut self) -> &mut RawCallback {
                &mut self.0
            }
        }
    };
}

own_type!(OwnCallback, "OwnCallback");
own_type!(OwnNameCallback, "NameCallback");

const OWN: &str = r#"{"type":"OwnCallback","input":[{"name":"IDToken1","value":""}]}"#;
const NAME: &str = r#"{"type":"NameCallback","input":[{"name":"IDToken1","value":""}]}"#;

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.register::<OwnCallback>();
    registry.register::<OwnNameCallback>();
    registry
}

fn read(callback: &str) -> Step {
    let body = format!(r#"{{"authId":"x","callbacks":[{callback}]}}"#);
    match start().registry(Arc::new(registry())).read(&Response::new(body)).unwrap() {
        Outcome::Continue(step) => step,
        other => panic!("no step: {other:?}"),
    }
}

#[test]
fn an_own_type_is_read_and_answered() {
    let mut step = read(OWN);
    assert!(matches!(step.callbacks()[0], Callback::Custom(_)));
    let own = step.callback_mut::<OwnCallback>().unwrap();
    own.raw_mut().set_input(0, "4711").unwrap();
    assert!(answer(&step).contains(&OWN.replace(r#""value":"""#, r#""value":"4711""#)));
    assert!(matches!(step_of(OWN).callbacks()[0], Callback::Unknown(_)), "where not registered");
}

#[test]
fn an_own_type_takes_the_place_of_a_built_in_one() {
    let step = read(NAME);
    assert!(step.callback::<OwnNameCallback>().is_some());
    assert!(step.callback::<NameCallback>().is_none());
}

#[test]
fn what_an_own_type_can_not_read_stays_unknown_and_goes_back() {
    for odd in [r#"{"type":"OwnCallback"}"#, r#"{"type":"NameCallback","input":[{},{}]}"#] {
        let step = read(odd);
        assert!(matches!(step.callbacks()[0], Callback::Unknown(_)), "{odd}");
        assert!(answer(&step).contains(odd));
    }
}

#[test]
fn an_own_type_comes_back_from_a_state() {
    let mut step = read(OWN);
    step.callback_mut::<OwnCallback>().unwrap().raw_mut().set_input(0, "4711").unwrap();
    let again = Step::from_state(&step.to_state(), &registry()).unwrap();
    let own = again.callback::<OwnCallback>().unwrap();
    assert_eq!(own.raw().input::<String>(0).as_deref(), Some("4711"));
}
