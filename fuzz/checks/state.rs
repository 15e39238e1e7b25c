//! What should be a saved state.

use std::sync::Arc;

use journey_core::{Registry, Server, Start, Step};
use secrecy::{ExposeSecret, SecretString};

/// Reads the bytes as the state of a step and of options.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let state = SecretString::from(text);
    if let Ok(step) = Step::from_state(&state, &Registry::new()) {
        let written = step.to_state();
        let Ok(again) = Step::from_state(&written, &Registry::new()) else {
            panic!("what was written can be read")
        };
        assert_eq!(again.to_state().expose_secret(), written.expose_secret());
    }
    let Ok(server) = Server::new("https://am.example.com/am") else { return };
    if let Ok(start) = Start::from_state(&state, server, Arc::default()) {
        let _ = start.request();
    }
}
