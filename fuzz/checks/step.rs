//! A whole answer of the server: whatever comes is read or refused, and a step goes back as it came.

use http::Response;
use journey_core::{Outcome, Realm, Registry, Server, Start, Step};
use secrecy::ExposeSecret;

/// Reads the bytes as an answer.
pub(crate) fn check(data: &[u8]) {
    let Ok(server) = Server::new("https://am.example.com/am") else { return };
    let start = Start::new(server, Realm::root());
    for status in [200, 401, 500] {
        let mut response = Response::new(data);
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        let Ok(outcome) = start.read(&response) else { continue };
        let _ = format!("{outcome:?}");
        match outcome {
            Outcome::Continue(step) => echo(&start, data, step),
            Outcome::Error(refused) => {
                let _ = (refused.is_restartable(), refused.failed_policies(), refused.to_string());
            }
            Outcome::Success(success) => drop(success.into_parts()),
        }
    }
}

fn echo(start: &Start, data: &[u8], mut step: Step) {
    let Ok(request) = start.answer(&step) else { return assert!(!step.is_answerable()) };
    assert_eq!(request.body().expose_secret().as_bytes(), data, "untouched, it is the same text");
    let mut set = 0;
    for callback in step.callbacks_mut() {
        for index in 0..callback.raw().inputs() {
            assert!(callback.raw_mut().set_input(index, "\"set\"").is_ok());
            set += 1;
        }
    }
    let Ok(request) = start.answer(&step) else { panic!("it could be answered before") };
    let text = request.body().expose_secret();
    let read = start.read(&Response::new(text.as_bytes()));
    let Ok(Outcome::Continue(again)) = read else { panic!("the answer is a step too") };
    let values =
        again.callbacks().iter().flat_map(|it| (0..it.raw().inputs()).map(|at| it.raw().input(at)));
    let values: Vec<Option<String>> = values.collect();
    assert_eq!(values.len(), set, "no input is lost");
    assert!(values.iter().all(|it| it.as_deref() == Some("\"set\"")), "each input has its value");
    let Ok(travelled) = Step::from_state(&step.to_state(), &Registry::new()) else {
        panic!("a state can be read")
    };
    assert_eq!(travelled.to_state().expose_secret(), step.to_state().expose_secret());
    let mut other = travelled;
    let _ = (other.is_alike(&step), other.take_answers_from(&step));
}
