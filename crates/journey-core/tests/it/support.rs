//! What the tests share: reading a step from a text and writing its answer.

use http::Response;
use journey_core::{Outcome, Realm, Server, Start, Step};
use secrecy::ExposeSecret;

/// A journey nobody sends anything for.
pub(crate) fn start() -> Start {
    Start::new(Server::new("https://am.example.com/am").unwrap(), Realm::root())
}

/// Reads a step from a whole answer.
pub(crate) fn step(body: &str) -> Step {
    match start().read(&Response::new(body)).unwrap() {
        Outcome::Continue(step) => step,
        other => panic!("no step: {other:?}"),
    }
}

/// Reads a step that holds these callbacks.
pub(crate) fn step_of(callbacks: &str) -> Step {
    step(&format!(r#"{{"authId":"eyJ.secret.x","callbacks":[{callbacks}]}}"#))
}

/// Writes a step's answer.
pub(crate) fn answer(step: &Step) -> String {
    start().answer(step).unwrap().body().expose_secret().to_owned()
}
